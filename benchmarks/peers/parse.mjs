// node parse.mjs MODEL REPEATS: prints the least wall and CPU milliseconds that mmd-parser takes, as JSON.
import { readFileSync } from "node:fs";
import { Parser } from "mmd-parser";

const [path, repeats] = process.argv.slice(2);
const bytes = readFileSync(path);
const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
const parser = new Parser();
const wall = [];
const cpu = [];
for (let i = 0; i < Number(repeats); ++i) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    path.toLowerCase().endsWith(".pmd") ? parser.parsePmd(data, true) : parser.parsePmx(data, true);
    const { user, system } = process.cpuUsage(used);
    wall.push(performance.now() - began);
    cpu.push((user + system) / 1000);
}
console.log(JSON.stringify({ wall: Math.min(...wall), cpu: Math.min(...cpu) }));
