// node read.mjs JOBS.json OUT.json [CHROMIUM]
//
// JOBS.json: paths of models. Writes what parse.mjs found in each; with a browser, the troubles of loading it with all its
// textures as page.js does are added. Textures must lie exactly where the model says.
import { readFileSync, writeFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

register("./resolve.mjs", import.meta.url);
const { parse } = await import("./parse.mjs");

const [jobsPath, outPath, browserPath] = process.argv.slice(2);
const jobs = JSON.parse(readFileSync(jobsPath, "utf8"));
const found = [];
for (const path of jobs) {
    const bytes = readFileSync(path);
    const kind = path.slice(-3).toLowerCase();
    found.push(await parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), kind));
}
if (browserPath !== undefined) await loadAll();
writeFileSync(outPath, JSON.stringify(found));

async function loadAll() {
    const { build } = await import("esbuild");
    const { chromium } = await import("playwright-core");
    const bundled = await build({ entryPoints: ["page.js"], bundle: true, write: false, format: "esm", logLevel: "error" });
    const PAGE = '<!doctype html><meta charset="utf-8"><canvas></canvas><script type="module" src="/page.js"></script>';
    let folder = "";
    const server = createServer((request, response) => {
        const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
        const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
        if (path === "/") send("text/html", PAGE);
        else if (path === "/page.js") send("text/javascript", bundled.outputFiles[0].text);
        else if (path === "/favicon.ico") response.writeHead(204).end();
        else {
            const file = join(folder, path.slice("/model/".length));
            if (existsSync(file)) send("application/octet-stream", readFileSync(file));
            else response.writeHead(404).end();
        }
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const profile = mkdtempSync(join(tmpdir(), "zoo-parsers-"));
    const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    const browser = await chromium.launchPersistentContext(profile, {
        executablePath: browserPath,
        headless: true,
        args: ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", ...quiet],
    });
    try {
        const page = await browser.newPage();
        let current = found[0];
        page.on("pageerror", (error) => current.troubles.push(`page: ${error}`));
        page.on("response", (answer) => {
            if (answer.status() >= 400) current.troubles.push(`${answer.status()}: ${decodeURIComponent(answer.url())}`);
        });
        await page.goto(`http://127.0.0.1:${server.address().port}/`);
        await page.waitForFunction(() => window.load !== undefined);
        for (const [i, path] of jobs.entries()) {
            folder = dirname(path);
            current = found[i];
            const told = await page.evaluate((url) => window.load(url), `/model/${encodeURIComponent(basename(path))}`);
            current.troubles.push(...told);
        }
    } finally {
        await browser.close();
        server.close();
        rmSync(profile, { recursive: true, force: true });
    }
}
