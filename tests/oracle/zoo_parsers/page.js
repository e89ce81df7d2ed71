// `load(url)` in the browser: both programs build the model with all its textures; returns what they complain about.
import { Engine } from "@babylonjs/core/Engines/engine";
import { ImportMeshAsync } from "@babylonjs/core/Loading/sceneLoader";
import "@babylonjs/core/Materials/Textures/Loaders/tgaTextureLoader";
import { Logger } from "@babylonjs/core/Misc/logger";
import { Scene } from "@babylonjs/core/scene";
import { MmdStandardMaterialBuilder } from "babylon-mmd/esm/Loader/mmdStandardMaterialBuilder";
import "babylon-mmd/esm/Loader/mmdOutlineRenderer";
import "babylon-mmd/esm/Loader/pmdLoader";
import "babylon-mmd/esm/Loader/pmxLoader";
import { RegisterDxBmpTextureLoader } from "babylon-mmd/esm/Loader/registerDxBmpTextureLoader";
import { MmdModel } from "babylon-mmd/esm/Runtime/mmdModel";
import { LoadingManager } from "three";
import { MMDLoader } from "three/examples/jsm/loaders/MMDLoader.js";

RegisterDxBmpTextureLoader();
const engine = new Engine(document.querySelector("canvas"), false);
const troubles = [];
const note = (who) => (text) => troubles.push(`${who}: ${text}`);
Logger.Warn = Logger.Error = note("Babylon.js");
console.warn = console.error = (text) => {
    if (!`${text}`.includes("The module has been deprecated")) note("console")(text); // MMDLoader says so of itself
};

async function three(url) {
    const manager = new LoadingManager();
    manager.onError = (missing) => note("three.js")(`does not load ${missing}`);
    const settled = new Promise((resolve) => (manager.onLoad = resolve));
    const mesh = await new Promise((resolve, reject) => new MMDLoader(manager).load(url, resolve, undefined, reject));
    await settled;
    mesh.geometry.computeBoundingSphere();
}

async function babylon(url) {
    const scene = new Scene(engine);
    const materialBuilder = new MmdStandardMaterialBuilder();
    const logger = { log: () => {}, warn: note("babylon-mmd"), error: note("babylon-mmd") };
    const build = materialBuilder.buildMaterials.bind(materialBuilder);
    const textured = new Promise((resolve) => {
        materialBuilder.buildMaterials = (...given) => {
            const finish = given[14];
            given[12] = logger;
            given[14] = () => (finish?.(), resolve());
            return build(...given);
        };
    });
    const pluginOptions = { mmdmodel: { materialBuilder, loggingEnabled: true } };
    const { meshes } = await ImportMeshAsync(url, scene, { pluginOptions });
    await textured;
    const mesh = meshes.find(({ metadata }) => metadata?.isMmdModel);
    const model = new MmdModel(mesh, mesh.metadata.skeleton, null, null, false, logger);
    model.beforePhysics(null);
    model.afterPhysics();
    scene.dispose();
}

window.load = async (url) => {
    troubles.length = 0;
    for (const [who, read] of Object.entries({ "three.js": three, "babylon-mmd": babylon })) {
        try {
            await read(url);
        } catch (error) {
            note(who)(error);
        }
    }
    return [...troubles];
};
