// node draw.mjs CHROMIUM: answers jobs, one a line of JSON on stdin, with one line each on stdout.
//
// A job has ``what`` ("prepare", "draw" or "picture") and what page.js says; ``folder`` and ``file`` tell where the model
// is. Files are found as Windows finds them. An answer to "draw" is {wall, cpu}: milliseconds, CPU of all of the browser.
import { build } from "esbuild";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const TICKS = 100; // of CPU time a second, on every Linux
const bundled = await build({ entryPoints: ["page.js"], bundle: true, write: false, format: "esm", logLevel: "error" });
const script = bundled.outputFiles[0].text;
const PAGE = '<!doctype html><meta charset="utf-8"><body></body><script type="module" src="/page.js"></script>';

function find(folder, path) {
    const plain = (text) => text.normalize("NFKC").toLowerCase().replaceAll("\\", "/");
    if (existsSync(join(folder, path))) return join(folder, path);
    const files = readdirSync(folder, { recursive: true });
    const found =
        files.find((file) => plain(file) === plain(path)) ?? files.find((file) => plain(basename(file)) === plain(basename(path)));
    return found === undefined ? null : join(folder, found);
}

// Milliseconds of CPU time that processes of this profile, and those they started, have taken.
function used(profile) {
    const processes = new Map();
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
            const [, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
            const ours = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(profile);
            processes.set(pid, { parent, ours, ticks: Number(rest[9]) + Number(rest[10]) });
        } catch {
            // gone meanwhile
        }
    }
    const belongs = (pid) => processes.has(pid) && (processes.get(pid).ours || belongs(processes.get(pid).parent));
    return [...processes.keys()].filter(belongs).reduce((sum, pid) => sum + processes.get(pid).ticks, 0) * (1000 / TICKS);
}

let current = {};
const folders = [];
const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
    if (path === "/") send("text/html", PAGE);
    else if (path === "/page.js") send("text/javascript", script);
    else {
        const asked = path.match(/^\/model\/\d+\/(.*)$/s); // a number for each folder: browsers keep what they had
        const file = asked ? find(current.folder, asked[1]) : null;
        if (file === null) response.writeHead(404).end();
        else send("application/octet-stream", readFileSync(file));
    }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const profile = mkdtempSync(join(tmpdir(), "three-peer-"));
const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.argv[2],
    headless: true,
    args: [
        "--no-sandbox",
        "--use-gl=angle",
        "--use-angle=gl-egl", // the system's Mesa, as we do
        "--ignore-gpu-blocklist",
        "--disable-gpu-watchdog",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
});
try {
    const page = await browser.newPage();
    page.setDefaultTimeout(300000);
    page.on("pageerror", (error) => console.error(String(error)));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => window.prepare !== undefined);
    for await (const line of createInterface({ input: process.stdin })) {
        const job = JSON.parse(line);
        current = job;
        if (!folders.includes(job.folder)) folders.push(job.folder);
        const given = { ...job, url: `/model/${folders.indexOf(job.folder)}/${encodeURIComponent(job.file)}` };
        const before = used(profile);
        try {
            const answer = await page.evaluate(({ what, ...rest }) => window[what](rest), given);
            console.log(JSON.stringify(job.what === "draw" ? { wall: answer, cpu: used(profile) - before } : answer));
        } catch (error) {
            console.log(JSON.stringify({ error: String(error).split("\n")[0] }));
        }
    }
} finally {
    await browser.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
}
