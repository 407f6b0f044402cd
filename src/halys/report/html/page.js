(function () {
  "use strict";
  const inks = {
    light: {
      ink: "#1b1f24", faint: "#5d6672", grid: "#d8dce2", paper: "#ffffff",
      shades: ["#7a2c02", "#b9500f", "#e08a4a", "#f3c69f", "#e9e5db", "#b5d3e7", "#6ba5cc", "#2a77aa", "#0d4a73"],
    },
    dark: {
      ink: "#e8eaed", faint: "#a3acb8", grid: "#3b424c", paper: "#15181c",
      shades: ["#ffb884", "#ee8a48", "#b65f26", "#6f4022", "#30353c", "#264a66", "#32709f", "#5aa3d6", "#a6d4f4"],
    },
  };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const paperWidth = 660, mapWidth = 490;
  const views = [];
  const data = (id) => JSON.parse(document.getElementById(id).textContent);
  const shapes = document.getElementById("shapes") ? data("shapes") : null;

  const palette = () => inks[dark.matches ? "dark" : "light"];
  const heightOf = (entry, width) => (entry.ratio ? Math.round(width * entry.ratio) : null);
  const widthOf = (element) => Math.max(260, Math.floor(element.clientWidth));

  function fit(entry, width) {
    const height = heightOf(entry, width);
    entry.view.width(width);
    if (height) entry.view.height(height);
    return entry.view;
  }

  function paint(entry, colours) {
    const known = (name) => name !== "shades" || entry.shaded;
    Object.entries(colours).forEach(([name, value]) => { if (known(name)) entry.view.signal(name, value); });
    return entry.view;
  }

  function draw(element) {
    const spec = data("spec-" + element.dataset.spec);
    const printed = "printed" in element.dataset;
    const ratio = element.dataset.ratio ? Number(element.dataset.ratio) : null;
    const colours = printed ? inks.light : palette();
    spec.width = printed ? mapWidth : widthOf(element);
    if (ratio) spec.height = Math.round(spec.width * ratio);
    spec.params.forEach((p) => { if (p.name in colours) p.value = colours[p.name]; });
    if (JSON.stringify(spec.layer || []).includes('"topojson"')) spec.datasets = shapes;
    const bind = element.parentElement.querySelector(".bind");
    const options = {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    };
    if (bind) options.bind = bind;
    return window.vegaEmbed(element, spec, options).then((result) => {
      element.querySelectorAll("[tabindex]").forEach((node) => node.removeAttribute("tabindex"));
      const captions = document.getElementById("captions-" + element.dataset.spec);
      if (captions) {
        const words = data(captions.id), caption = document.getElementById("caption-" + element.dataset.spec);
        result.view.addSignalListener("pick", (_, value) => { caption.textContent = words[Number(value)]; });
      }
      const shaded = spec.params.some((p) => p.name === "shades");
      views.push({
        element: element, view: result.view, ratio: ratio, printed: printed, shaded: shaded, width: spec.width,
      });
    }).catch((error) => {
      element.textContent = "This chart could not be drawn (" + error.message + "). The tables hold the same numbers.";
      console.error(error);
    });
  }

  function resize() {
    views.forEach((entry) => {
      const width = widthOf(entry.element);
      if (!entry.printed && entry.element.clientWidth && width !== entry.width) {
        entry.width = width;
        fit(entry, width).runAsync();
      }
    });
  }

  let waiting = null;
  window.addEventListener("resize", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(resize, 120);
  });
  dark.addEventListener("change", () => {
    views.forEach((entry) => { if (!entry.printed) paint(entry, palette()).runAsync(); });
  });

  const closed = [];
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details:not([open])").forEach((node) => { closed.push(node); node.open = true; });
    views.forEach((entry) => { if (!entry.printed) { fit(entry, paperWidth); paint(entry, inks.light).run(); } });
  });
  window.addEventListener("afterprint", () => {
    closed.splice(0).forEach((node) => { node.open = false; });
    views.forEach((entry) => { if (!entry.printed) { fit(entry, entry.width); paint(entry, palette()).run(); } });
  });

  document.querySelectorAll("input[data-filter]").forEach((input) => {
    const rows = Array.from(document.querySelectorAll(input.dataset.filter));
    const words = rows.map((row) => row.textContent.toLowerCase());
    const count = document.getElementById(input.dataset.count);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, n) => {
        row.hidden = !wanted.every((word) => words[n].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      if (count) count.textContent = shown + " of " + rows.length;
    });
  });

  document.documentElement.classList.add("drawn");
  Promise.all(Array.from(document.querySelectorAll(".chart")).map(draw)).then(() => {
    document.documentElement.dataset.charts = String(views.length);
    resize();
  });
})();
