// `prepare(job)` loads a model, `draw(job)` draws and reads back its poses: what three.js takes for what we do.
//
// job: {url, size, antialias, camera: {x, y, unit, near, far}, poses: [{head: [x, y], neck, morphs: {name: weight}}]}.
// Angles are radians in the file's left-handed axes; MMDLoader turns z round, which negates turns about x and y.
import { AmbientLight, DirectionalLight, LoadingManager, OrthographicCamera, Scene, WebGLRenderer } from "three";
import { MMDLoader } from "three/examples/jsm/loaders/MMDLoader.js";

let renderer, scene, camera, mesh;
console.warn = () => {}; // MMDLoader says of itself that it is deprecated

window.prepare = async (job) => {
    renderer?.dispose();
    renderer?.forceContextLoss();
    renderer?.domElement.remove();
    renderer = new WebGLRenderer({ antialias: job.antialias, alpha: true, preserveDrawingBuffer: true });
    renderer.setSize(job.size, job.size, false);
    document.body.append(renderer.domElement);
    scene = new Scene();
    scene.add(new AmbientLight(0xffffff, 1.5));
    const light = new DirectionalLight(0xffffff, 1.5);
    light.position.set(0, 0, 1);
    scene.add(light);
    const { x, y, unit, near, far } = job.camera;
    camera = new OrthographicCamera(x - unit, x + unit, y + unit, y - unit, 0, far - near);
    camera.position.set(0, 0, -near);
    const manager = new LoadingManager();
    const settled = new Promise((resolve) => (manager.onLoad = resolve));
    mesh = await new Promise((resolve, reject) => new MMDLoader(manager).load(job.url, resolve, undefined, reject));
    await settled;
    scene.add(mesh);
    const gl = renderer.getContext();
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    return {
        rasteriser: gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER),
        samples: gl.getParameter(gl.SAMPLES),
        triangles: mesh.geometry.index.count / 3,
        morphs: mesh.geometry.morphAttributes.position?.length ?? 0,
    };
};

function pose({ head, neck, morphs }) {
    const bone = (name) => mesh.skeleton.bones.find((one) => one.name === name);
    bone("頭").rotation.set(-head[0], -head[1], 0, "YXZ");
    bone("首").rotation.set(0, 0, neck);
    mesh.morphTargetInfluences.fill(0);
    for (const [name, weight] of Object.entries(morphs)) {
        const number = mesh.morphTargetDictionary[name];
        if (number !== undefined) mesh.morphTargetInfluences[number] += weight;
    }
}

window.draw = (job) => {
    const gl = renderer.getContext();
    const pixels = new Uint8Array(job.size * job.size * 4);
    const began = performance.now();
    for (const one of job.poses) {
        pose(one);
        renderer.render(scene, camera);
        gl.readPixels(0, 0, job.size, job.size, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    }
    return performance.now() - began;
};

window.picture = (job) => {
    window.draw({ ...job, poses: job.poses.slice(0, 1) });
    const gl = renderer.getContext();
    const pixels = new Uint8Array(job.size * job.size * 4);
    gl.readPixels(0, 0, job.size, job.size, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    return Array.from(pixels);
};
