"use strict";
// Shows what page.py embedded: numbers as tables, strips of pictures, and a player. All texts are set as text.
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");
const MEASURES = { mse: "MSE", rmse: "RMSE", psnr: "PSNR", ssim: "SSIM" };
const LOW_IS_BETTER = { mse: true, rmse: true, psnr: false, ssim: false, lpips: true };

function make(tag, options = {}, ...children) {
  const { text, ...rest } = options;
  const node = Object.assign(document.createElement(tag), rest);
  if (text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

const naming = (answer) => (answer === "input" ? "output = input" : answer);
const named = (task, answer) => naming(answer) + (data.notes[task]?.[answer] ? ` (${data.notes[task][answer]})` : "");

function shown(measure, value) {
  if (value === null || value === undefined) return "–";
  if (measure === "psnr") return value.toFixed(2);
  if (measure === "ssim" || measure === "lpips") return value.toFixed(4);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(4);
}

function choice(label, options, chosen, act) {
  const select = make("select", {}, ...options.map(([value, text]) => make("option", { value, text: text ?? value })));
  select.value = chosen;
  select.addEventListener("change", () => act(select.value));
  return make("label", {}, `${label} `, select);
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { text })));
  const body = rows.map(({ cells, still }) =>
    make("tr", { className: still ? "still" : "" }, ...cells.map((cell) => {
      const node = make("td", { text: cell.text ?? cell, className: cell.kind ?? "" });
      if (cell.heat) node.style.background = `rgba(var(--heat), ${cell.heat.toFixed(2)})`;
      return node;
    })));
  return make("div", { className: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
}

// --- header --------------------------------------------------------------------------------------------------------

function header() {
  const { about, reports } = data;
  const overall = reports[data.task].overall;
  const people = reports[data.task].characters.length;
  main.append(
    make("h1", { text: `${overall.images.toLocaleString()} ${about.split} images of ${people} characters` }),
    make("p", { className: "soft", text: `${about.size} × ${about.size} pixels; ${(100 * overall.changed_share).toFixed(2)} % of the ` +
      `pixels change from ${data.source} to ${data.target}` + (about.skipped ? `; ${about.skipped} examples could not be read and are left out` : "") }),
  );
  const rows = Object.entries(about.networks).map(([name, network]) => ({
    cells: [name, network.images?.toLocaleString() ?? "–", network.loss ?? "–", network.weights ?? "–", network.notes.join(", "), { text: network.file, kind: "text" }],
  }));
  main.append(make("details", {}, make("summary", { text: `${rows.length} networks` }), table(["network", "images", "loss", "weights", "notes", "file"], rows)));
}

// --- numbers -------------------------------------------------------------------------------------------------------

function best(values, measure) {
  const found = values.filter((value) => typeof value === "number");
  return LOW_IS_BETTER[measure] ? Math.min(...found) : Math.max(...found);
}

function overallTable(task, space) {
  const { overall } = data.reports[task];
  const answers = data.answers[task];
  const columns = ["all", "changed"].flatMap((pixels) => Object.keys(MEASURES).map((measure) => [pixels, measure]));
  const value = (answer, [pixels, measure]) => overall[answer][space][pixels][measure];
  const tops = columns.map((column) => best(answers.map((answer) => value(answer, column)), column[1]));
  const perceived = answers.some((answer) => "lpips" in overall[answer]);
  const topPerceived = perceived ? best(answers.map((answer) => overall[answer].lpips), "lpips") : 0;
  const rows = answers.map((answer) => ({
    still: answer === "input",
    cells: [
      named(task, answer),
      ...columns.map((column, i) => ({ text: shown(column[1], value(answer, column)), kind: value(answer, column) === tops[i] ? "best" : "" })),
      ...(perceived ? [{ text: shown("lpips", overall[answer].lpips), kind: overall[answer].lpips === topPerceived ? "best" : "" }] : []),
    ],
  }));
  const heads = columns.map(([pixels, measure]) => MEASURES[measure] + (pixels === "changed" ? " changed" : ""));
  return table(["answer", ...heads, ...(perceived ? ["LPIPS"] : [])], rows);
}

function matrix(task, groups, { space, pixels, measure }) {
  const answers = data.answers[task];
  const value = (group, answer) => group[answer][space][pixels][measure];
  const all = groups.flatMap((group) => answers.map((answer) => value(group, answer))).filter((v) => typeof v === "number");
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const heat = (v) => (high > low && typeof v === "number" ? 0.5 * (LOW_IS_BETTER[measure] ? (v - low) / (high - low) : (high - v) / (high - low)) : 0);
  const rows = groups.filter((group) => group.images).map((group) => ({
    cells: [group.title, group.images.toLocaleString(), ...answers.map((answer) => ({ text: shown(measure, value(group, answer)), heat: heat(value(group, answer)) }))],
  }));
  return table(["", "images", ...answers.map(naming)], rows);
}

function numbers() {
  const place = make("div");
  const state = { task: data.task, space: "network space", pixels: "all", measure: "rmse" };
  const update = (name) => (value) => { state[name] = value; draw(); };
  function draw() {
    const report = data.reports[state.task];
    const bins = Object.entries(report.parameters).flatMap(([name, found]) =>
      found.map((bin) => ({ ...bin, title: `${name} ${/head|neck/.test(name) ? "±" : ""}${bin.from}–${bin.to}` })));
    const people = report.characters.map((found) => ({ ...found, title: found.name }));
    place.replaceChildren(
      make("div", { className: "controls" },
        choice("task", Object.keys(data.reports).map((task) => [task]), state.task, update("task")),
        choice("space", [["network space", "network space (data range 2)"], ["sRGB", "sRGB levels (data range 255)"]], state.space, update("space"))),
      overallTable(state.task, state.space),
      make("p", { className: "soft", text: "“changed” is over the pixels that differ by more than 2 levels between input and target. Green is the best of its column." }),
      make("h3", { text: "By size of each parameter, and by character" }),
      make("div", { className: "controls" },
        choice("measure", Object.entries(MEASURES), state.measure, update("measure")),
        choice("pixels", [["all"], ["changed"]], state.pixels, update("pixels"))),
      matrix(state.task, bins, state), make("p"), matrix(state.task, people, state));
  }
  draw();
  main.append(make("h2", { text: "Numbers" }), place);
}

// --- player --------------------------------------------------------------------------------------------------------

const poseText = (pose) => Object.entries(pose).map(([name, value]) => `${name} ${value.toFixed(2)}`).join("   ");

function player() {
  if (!data.clips.length) return;
  const place = make("div");
  main.append(make("h2", { text: "Player" }), place);
  const state = { clip: 0, left: null, right: null, frame: 0, order: null, playing: false, timer: 0 };
  let sequence = [], pictures = {}, slider, note, button;

  function sorted(clip) {
    const rows = clip.names.map((_, i) => i);
    return clip.moving ? rows : rows.sort((a, b) => clip.poses[a][state.order] - clip.poses[b][state.order]);
  }
  function show() {
    const clip = data.clips[state.clip], i = sequence[state.frame];
    for (const [answer, image] of Object.entries(pictures)) image.src = clip.frames[state[answer] ?? answer][i];
    slider.value = state.frame;
    note.textContent = `${clip.names[i]}   ${poseText(clip.poses[i])}`;
  }
  function setUp() {
    const clip = data.clips[state.clip];
    const answers = Object.keys(clip.frames).filter((name) => name !== "target" && name !== "input");
    if (!answers.includes(state.left)) state.left = answers[0];
    if (!answers.includes(state.right)) state.right = answers.includes(data.focus) ? data.focus : answers.at(-1);
    if (answers.length > 1 && state.left === state.right) state.left = answers.find((name) => name !== state.right);
    const parameters = clip.moves;
    state.order ??= parameters.includes("head_y") ? "head_y" : parameters[0];
    sequence = sorted(clip);
    state.frame = Math.min(state.frame, sequence.length - 1);
    const options = answers.map((name) => [name, named(data.task, name)]);
    const again = (name) => (value) => { state[name] = value; setUp(); };
    const figure = (key, caption) => {
      pictures[key] = make("img", { className: "picture", alt: key });
      return make("figure", {}, pictures[key], make("figcaption", {}, caption));
    };
    pictures = {};
    slider = make("input", { type: "range", min: 0, max: sequence.length - 1, step: 1 });
    slider.addEventListener("input", () => { state.frame = Number(slider.value); show(); });
    button = make("button", { text: state.playing ? "Pause" : "Play" });
    button.addEventListener("click", () => play(!state.playing));
    note = make("p", { className: "soft pose" });
    place.replaceChildren(
      make("div", { className: "controls" },
        choice("clip", data.clips.map((c, i) => [String(i), c.title]), String(state.clip), (value) => { state.clip = Number(value); state.frame = 0; setUp(); }),
        ...(clip.moving ? [] : [choice("examples in the order of", parameters.map((p) => [p]), state.order, again("order"))])),
      make("div", { className: "stage" },
        figure("left", choice("", options, state.left, again("left"))),
        figure("target", make("b", { text: "ground truth" })),
        figure("right", choice("", options, state.right, again("right"))),
        figure("input", "input")),
      make("div", { className: "controls" }, button, slider), note);
    if (!clip.moving) place.append(make("p", { className: "soft", text: "Examples of the shards, whose poses are random: frames follow one another by one parameter only. Give --motion and --frames for films." }));
    show();
  }
  function play(on) {
    state.playing = on;
    button.textContent = on ? "Pause" : "Play";
    clearTimeout(state.timer);
    if (on) state.timer = setTimeout(next, data.clips[state.clip].ms[sequence[state.frame]]);
  }
  function next() {
    state.frame = (state.frame + 1) % sequence.length;
    show();
    play(true);
  }
  setUp();
}

// --- strips --------------------------------------------------------------------------------------------------------

function stripsSection() {
  const answers = data.answers[data.task];
  const total = data.reports[data.task].overall.images;
  const list = make("div");
  for (const strip of data.strips) {
    const row = make("div", { className: "row" });
    for (const answer of ["input", ...answers.filter((name) => name !== "input")]) {
      row.append(make("figure", {},
        make("img", { className: "picture", src: strip.answers[answer], loading: "lazy", alt: answer }),
        make("figcaption", {}, make("b", { text: answer === "input" ? "input" : answer }), ` ${strip.errors[answer].toPrecision(3)}`),
        make("img", { src: strip.differences[answer], loading: "lazy", alt: `${answer} difference` })));
    }
    row.append(make("figure", {}, make("img", { className: "picture", src: strip.target, loading: "lazy", alt: "target" }), make("figcaption", {}, make("b", { text: "ground truth" }))));
    list.append(make("div", { className: "strip" },
      make("p", {}, make("b", { text: strip.name }), make("small", { text: `  ${strip.sample}, ${strip.rank} of ${total}` })),
      make("p", { className: "soft pose", text: poseText(strip.pose) }), row));
  }
  const side = (value) => list.style.setProperty("--side", value);
  const ground = (value) => document.body.classList.toggle("checked", value === "checks");
  main.append(
    make("h2", { text: `Pictures, ${data.task}` }),
    make("p", { className: "soft", text: `Worst first by RMSE in network space of ${data.focus}: half of them are the very worst, the others are spread over all that are better. ` +
      "Numbers are RMSE in network space; below each answer its difference from the ground truth, laid on white, 4 times as large, grey where there is none. Pictures are compressed (WebP)." }),
    make("div", { className: "controls" },
      choice("size", [["132px", "small"], ["200px", "medium"], [`${data.about.size}px`, "as they are"]], "132px", side),
      choice("ground", [["white"], ["checks"]], "white", ground)),
    list);
}

header();
numbers();
player();
stripsSection();
