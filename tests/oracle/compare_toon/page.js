// Draws one model in the browser: `draw(job)` posts raw pictures back to the server that gave this page.
//
// job: {url, size, camera: {x, y, unit, near, far}, light, views: [{name, edge, bare, ground, part}]}. ``edge`` draws
// outlines, ``bare`` leaves toons and highlights out, ``ground`` 1 is white; ``part`` paints that material white and all
// others black, with their own alpha. Pictures are RGBA bytes, row 0 at the bottom.
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera";
import { Engine } from "@babylonjs/core/Engines/engine";
import { DirectionalLight } from "@babylonjs/core/Lights/directionalLight";
import { ImportMeshAsync } from "@babylonjs/core/Loading/sceneLoader";
import { MaterialPluginBase } from "@babylonjs/core/Materials/materialPluginBase";
import "@babylonjs/core/Materials/Textures/Loaders/tgaTextureLoader";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color";
import { Vector3 } from "@babylonjs/core/Maths/math.vector";
import { Scene } from "@babylonjs/core/scene";
import { MmdMaterialRenderMethod } from "babylon-mmd/esm/Loader/materialBuilderBase";
import { MmdStandardMaterialBuilder } from "babylon-mmd/esm/Loader/mmdStandardMaterialBuilder";
import "babylon-mmd/esm/Loader/mmdOutlineRenderer";
import "babylon-mmd/esm/Loader/pmdLoader";
import "babylon-mmd/esm/Loader/pmxLoader";
import { RegisterDxBmpTextureLoader } from "babylon-mmd/esm/Loader/registerDxBmpTextureLoader";

RegisterDxBmpTextureLoader();

class FlatColor extends MaterialPluginBase {
    shade = -1; // below 0 leaves the material as it is

    constructor(material) {
        super(material, "FlatColor", 300);
        this._enable(true);
    }

    getUniforms() {
        return { ubo: [{ name: "flatShade", size: 1, type: "float" }], fragment: "uniform float flatShade;" };
    }

    bindForSubMesh(buffer) {
        buffer.updateFloat("flatShade", this.shade);
    }

    getCustomCode(shader) {
        const code = "if (flatShade >= 0.0) color.rgb = vec3(flatShade);";
        return shader === "fragment" ? { CUSTOM_FRAGMENT_BEFORE_FRAGCOLOR: code } : null;
    }

    getClassName() {
        return "FlatColor";
    }
}

function stage(job, canvas) {
    const engine = new Engine(canvas, false, { preserveDrawingBuffer: true, alpha: true });
    const scene = new Scene(engine);
    scene.ambientColor = new Color3(0.5, 0.5, 0.5); // as babylon-mmd's own examples
    const light = new DirectionalLight("light", new Vector3(...job.light), scene);
    light.diffuse = light.specular = new Color3(1, 1, 1);
    const { x, y, unit, near, far } = job.camera;
    const camera = new FreeCamera("camera", new Vector3(x, y, near), scene);
    camera.setTarget(new Vector3(x, y, near + 1));
    camera.mode = FreeCamera.ORTHOGRAPHIC_CAMERA;
    [camera.orthoLeft, camera.orthoRight, camera.orthoBottom, camera.orthoTop] = [-unit, unit, -unit, unit];
    [camera.minZ, camera.maxZ] = [0, far - near];
    return { engine, scene };
}

async function load(url, scene) {
    const materialBuilder = new MmdStandardMaterialBuilder();
    materialBuilder.renderMethod = MmdMaterialRenderMethod.DepthWriteAlphaBlending; // "exactly the same results as mmd"
    const troubles = [];
    const note = (text) => troubles.push(text);
    const build = materialBuilder.buildMaterials.bind(materialBuilder);
    await new Promise((resolve, reject) => {
        materialBuilder.buildMaterials = (...given) => {
            const finish = given[14];
            given[12] = { log: () => {}, warn: note, error: note };
            given[14] = () => (finish?.(), resolve());
            return build(...given);
        };
        const pluginOptions = { mmdmodel: { materialBuilder, buildSkeleton: false, buildMorph: false } };
        ImportMeshAsync(url, scene, { pluginOptions }).catch(reject);
    });
    const { metadata } = scene.meshes.find((mesh) => mesh.metadata?.isMmdModel);
    return { meshes: metadata.meshes, materials: metadata.materials, troubles };
}

async function settle(scene, more) {
    for (;;) {
        const ready = scene.getEngine().areAllEffectsReady() && scene.meshes.every((mesh) => mesh.isReady(true));
        scene.render();
        if (ready && more-- <= 0) return;
        await new Promise((done) => setTimeout(done, 20));
    }
}

window.draw = async (job) => {
    const canvas = document.querySelector("canvas");
    canvas.width = canvas.height = job.size;
    const { engine, scene } = stage(job, canvas);
    const { materials, troubles } = await load(job.url, scene);
    const own = materials.map(({ renderOutline, toonTexture, specularColor }) => ({ renderOutline, toonTexture, specularColor }));
    const none = { toonTexture: null, specularColor: Color3.Black() };
    await settle(scene, 1);
    const flats = materials.map((material) => new FlatColor(material));
    for (const view of job.views) {
        scene.clearColor = view.ground ? new Color4(1, 1, 1, 1) : new Color4(0, 0, 0, 1);
        flats.forEach((flat, i) => (flat.shade = view.part === undefined ? -1 : Number(i === view.part)));
        materials.forEach((material, i) => {
            Object.assign(material, own[i], view.bare ? none : {});
            material.renderOutline &&= view.edge;
        });
        await settle(scene, view.edge ? 2 : 0); // outlines compile their shaders when they are first drawn
        const pixels = await engine.readPixels(0, 0, job.size, job.size);
        await fetch(`/out/${view.name}`, { method: "POST", body: new Uint8Array(pixels.buffer) });
    }
    engine.dispose();
    return { materials: materials.map((material) => material.name), troubles };
};
