// node draw.mjs JOBS.json OUT CHROMIUM
//
// Draws every job of page.js in a headless browser and keeps the pictures as OUT/NAME. JOBS.json: a list of jobs with
// ``folder`` and ``file`` instead of ``url``; ``served`` is what is sent for ``file``. Files are found as Windows finds
// them: whatever the case, and by their base name when the folder is wrong.
import { build } from "esbuild";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";

const [jobsPath, out, browserPath] = process.argv.slice(2);
const jobs = JSON.parse(readFileSync(jobsPath, "utf8"));
const bundled = await build({ entryPoints: ["page.js"], bundle: true, write: false, format: "esm", logLevel: "error" });
const script = bundled.outputFiles[0].text;
const PAGE = '<!doctype html><meta charset="utf-8"><canvas></canvas><script type="module" src="/page.js"></script>';

function find(folder, path) {
    const plain = (text) => text.normalize("NFKC").toLowerCase().replaceAll("\\", "/");
    if (existsSync(join(folder, path))) return join(folder, path);
    const files = readdirSync(folder, { recursive: true });
    const found =
        files.find((file) => plain(file) === plain(path)) ?? files.find((file) => plain(basename(file)) === plain(basename(path)));
    return found === undefined ? null : join(folder, found);
}

let current = {};
const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
    if (request.method === "POST") {
        const chunks = [];
        request.on("data", (chunk) => chunks.push(chunk));
        request.on("end", () => {
            writeFileSync(join(out, basename(path)), Buffer.concat(chunks));
            response.end();
        });
    } else if (path === "/") send("text/html", PAGE);
    else if (path === "/page.js") send("text/javascript", script);
    else {
        const asked = path.startsWith("/model/") ? path.slice("/model/".length) : null;
        const file = asked === null ? null : asked === current.file ? current.served : find(current.folder, asked);
        if (file === null) response.writeHead(404).end();
        else send("application/octet-stream", readFileSync(file));
    }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const profile = mkdtempSync(join(tmpdir(), "compare-toon-"));
const browser = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    headless: true,
    args: [
        "--no-sandbox",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
});
try {
    const told = [];
    for (const job of jobs) {
        current = job;
        const page = await browser.newPage();
        page.setDefaultTimeout(300000);
        page.on("pageerror", (error) => console.error(`${job.file}: ${error}`));
        await page.goto(`http://127.0.0.1:${server.address().port}/`);
        await page.waitForFunction(() => window.draw !== undefined);
        told.push(await page.evaluate((given) => window.draw(given), { ...job, url: `/model/${encodeURIComponent(job.file)}` }));
        await page.close();
    }
    writeFileSync(join(out, "told.json"), JSON.stringify(told));
} finally {
    await browser.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
}
