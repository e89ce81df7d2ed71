// node pose.mjs MODEL.pmx POSES.json OUT.f32
//
// POSES.json: [{"bones": {name: [rx, ry, rz] degrees}, "morphs": {name: weight}}, ...]. Writes the posed vertices,
// float32 little-endian (poses, vertices, 3), in the file's own axes and order. Bones, appends, groups, bone and vertex
// morphs are babylon-mmd's; the skinning of BDEF vertices is Babylon's. IK and physics are off.
import { readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";

register("./resolve.mjs", import.meta.url);
const { NullEngine } = await import("@babylonjs/core/Engines/nullEngine.js");
const { Scene } = await import("@babylonjs/core/scene.js");
const { Quaternion, Vector3 } = await import("@babylonjs/core/Maths/math.vector.js");
const { PmxLoader } = await import("babylon-mmd/esm/Loader/pmxLoader.js");
const { MmdModel } = await import("babylon-mmd/esm/Runtime/mmdModel.js");

const [modelPath, posesPath, outPath] = process.argv.slice(2);
const engine = new NullEngine();
const scene = new Scene(engine);

function loadState(bytes) {
    const loader = new PmxLoader({ optimizeSubmeshes: false, useSdef: false });
    loader.materialBuilder = null;
    return new Promise((resolve) => loader.loadFile(scene, bytes, "", (state) => resolve([loader, state])));
}

function turn([x, y, z]) {
    const about = (axis, degrees) => Quaternion.RotationAxis(axis, (degrees * Math.PI) / 180);
    return about(Vector3.Up(), y).multiply(about(Vector3.Right(), x)).multiply(about(Vector3.Forward(), z));
}

const [loader, state] = await loadState(new Uint8Array(readFileSync(modelPath)));
const { meshes } = await loader.importMeshAsync(null, scene, state, "");
const mesh = meshes[0];
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
    return mesh.getPositionData(true, true);
});
const out = new Float32Array(results.length * results[0].length);
results.forEach((positions, i) => out.set(positions, i * positions.length));
writeFileSync(outPath, new Uint8Array(out.buffer));
engine.dispose();
