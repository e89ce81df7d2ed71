// node pose.mjs MODEL.pmx POSES.json OUT.f32
//
// POSES.json: [{"bones": {name: [rx, ry, rz] degrees}, "morphs": {name: weight}}, ...]. Writes the posed vertices,
// float32 little-endian (poses, vertices, 3), in the file's own axes and order. Bones, appends, groups, bone and vertex
// morphs are babylon-mmd's, the skinning of BDEF vertices is Babylon's. SDEF, which babylon-mmd does in a shader, is done
// here with the bone matrices and the per-vertex points that it prepared. IK and physics are off.
import assert from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";

register("./resolve.mjs", import.meta.url);
const { NullEngine } = await import("@babylonjs/core/Engines/nullEngine.js");
const { Scene } = await import("@babylonjs/core/scene.js");
const { Matrix, Quaternion, Vector3 } = await import("@babylonjs/core/Maths/math.vector.js");
const { PmxLoader } = await import("babylon-mmd/esm/Loader/pmxLoader.js");
const { MmdBufferKind } = await import("babylon-mmd/esm/Loader/mmdBufferKind.js");
const { MmdModel } = await import("babylon-mmd/esm/Runtime/mmdModel.js");

const [modelPath, posesPath, outPath] = process.argv.slice(2);
const engine = new NullEngine();
const scene = new Scene(engine);

function loadState(bytes) {
    const loader = new PmxLoader({ optimizeSubmeshes: false });
    loader.materialBuilder = null;
    return new Promise((resolve) => loader.loadFile(scene, bytes, "", (state) => resolve([loader, state])));
}

function turn([x, y, z]) {
    const about = (axis, degrees) => Quaternion.RotationAxis(axis, (degrees * Math.PI) / 180);
    return about(Vector3.Up(), y).multiply(about(Vector3.Right(), x)).multiply(about(Vector3.Forward(), z));
}

function skinSphericalVertices(mesh, positions) {
    if (!mesh.isVerticesDataPresent(MmdBufferKind.MatricesSdefCKind)) return;
    const read = (kind) => mesh.getVerticesData(kind);
    const [centers, points0, points1] = ["C", "RW0", "RW1"].map((name) => read(MmdBufferKind[`MatricesSdef${name}Kind`]));
    const [bones, weights] = [read("matricesIndices"), read("matricesWeights")];
    const matrices = mesh.skeleton.getTransformMatrices(mesh);
    const morphed = mesh.getPositionData(false, true);
    const at = (array, vertex) => Vector3.FromArray(array, 3 * vertex);
    for (let v = 0; v < positions.length / 3; ++v) {
        const given = [centers, points0, points1].map((array) => at(array, v));
        if (given.every((vector) => vector.lengthSquared() === 0)) continue;
        const [m0, m1] = [0, 1].map((slot) => Matrix.FromArray(matrices, 16 * bones[4 * v + slot]));
        const [w0, w1] = [weights[4 * v], weights[4 * v + 1]];
        const turned = Quaternion.Slerp(Quaternion.FromRotationMatrix(m0), Quaternion.FromRotationMatrix(m1), w1);
        const around = at(morphed, v).subtract(given[0]).applyRotationQuaternion(turned);
        const carried0 = Vector3.TransformCoordinates(given[1], m0).scale(w0);
        const carried1 = Vector3.TransformCoordinates(given[2], m1).scale(w1);
        around.add(carried0).add(carried1).toArray(positions, 3 * v);
    }
}

const [loader, state] = await loadState(new Uint8Array(readFileSync(modelPath)));
const { meshes } = await loader.importMeshAsync(null, scene, state, "");
const mesh = meshes[0];
assert.equal(meshes.length, 1);
const model = new MmdModel(mesh, mesh.metadata.skeleton, null, null, false, console);
model.ikSolverStates.fill(0);
const rest = model.runtimeBones.map((bone) => bone.linkedBone.rotationQuaternion.clone());

const results = JSON.parse(readFileSync(posesPath, "utf8")).map((pose) => {
    model.runtimeBones.forEach((bone, i) => bone.linkedBone.setRotationQuaternion(rest[i]));
    for (const [name, degrees] of Object.entries(pose.bones)) {
        const bone = model.runtimeBones.find((candidate) => candidate.name === name);
        if (bone === undefined) throw new Error(`${modelPath}: no bone ${name}`);
        bone.linkedBone.setRotationQuaternion(turn(degrees));
    }
    model.morph.resetMorphWeights();
    for (const [name, weight] of Object.entries(pose.morphs)) {
        if (model.morph.getMorphIndices(name) === undefined) throw new Error(`${modelPath}: no morph ${name}`);
        model.morph.setMorphWeight(name, weight);
    }
    model.beforePhysics(null);
    model.afterPhysics();
    mesh.metadata.skeleton.prepare(true);
    const positions = mesh.getPositionData(true, true);
    skinSphericalVertices(mesh, positions);
    return positions;
});
const out = new Float32Array(results.length * results[0].length);
results.forEach((positions, i) => out.set(positions, i * positions.length));
writeFileSync(outPath, new Uint8Array(out.buffer));
engine.dispose();
