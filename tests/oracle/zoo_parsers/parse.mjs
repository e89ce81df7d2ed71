// What three.js's and babylon-mmd's parsers find in a file, in terms that both and ours share; runs in node and browsers.
import { MMDParser } from "three/examples/jsm/libs/mmdparser.module.js";
import { PmdReader } from "babylon-mmd/esm/Loader/Parser/pmdReader.js";
import { PmxReader } from "babylon-mmd/esm/Loader/Parser/pmxReader.js";

async function digest(array) {
    const hash = await crypto.subtle.digest("SHA-256", array.buffer);
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function summary(positions, faces, { bones, morphs, materials, rigidBodies, joints }) {
    const names = (list) => list.map(({ name }) => name);
    return {
        vertices: positions.length,
        triangles: faces.length,
        positions: await digest(new Float32Array(positions.flat())),
        faces: await digest(new Uint32Array(faces.flat())),
        bones: names(bones),
        morphs: names(morphs),
        materials: materials.length,
        bodies: rigidBodies.length,
        joints: joints.length,
    };
}

function three(bytes, kind) {
    const parser = new MMDParser.Parser();
    const read = kind === "pmd" ? parser.parsePmd(bytes, false) : parser.parsePmx(bytes, false);
    const morphs = kind === "pmd" ? read.morphs.slice(1) : read.morphs; // the first is the base
    const parts = { ...read, morphs, joints: read.constraints };
    return summary(
        read.vertices.map(({ position }) => position),
        read.faces.map(({ indices }) => indices),
        parts,
    );
}

async function babylon(bytes, kind, logger) {
    const read = await (kind === "pmd" ? PmdReader : PmxReader).ParseAsync(bytes, logger);
    const faces = Array.from({ length: read.indices.length / 3 }, (_, i) => [...read.indices.slice(3 * i, 3 * i + 3)]);
    const positions = read.vertices.map(({ position }) => position);
    return summary(positions, faces, read);
}

// Returns {three, babylon, troubles}; whatever a parser logs or throws is a trouble.
export async function parse(bytes, kind) {
    const troubles = [];
    const note = (who) => (text) => troubles.push(`${who}: ${text}`);
    const logger = { log: () => {}, warn: note("babylon-mmd"), error: note("babylon-mmd") };
    const kept = { warn: console.warn, error: console.error };
    Object.assign(console, { warn: note("three.js"), error: note("three.js") });
    const found = { troubles };
    for (const [who, read] of Object.entries({ three, babylon })) {
        try {
            found[who] = await read(bytes, kind, logger);
        } catch (error) {
            note(who)(error);
        }
    }
    Object.assign(console, kept);
    return found;
}
