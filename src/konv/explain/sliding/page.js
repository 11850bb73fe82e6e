// Moves the window. It adds and multiplies nothing: every number is a text that konv wrote.
(() => {
  "use strict";
  const root = document.querySelector(".konv-slide");
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const cells = (name) => (part(name) ? [...part(name).querySelectorAll("td")] : []);
  const input = cells("input"), terms = cells("terms"), output = cells("output");
  const play = part("play"), slider = part("slider"), sum = part("sum");
  const last = data.steps.length - 1;
  const delay = Math.min(1200, Math.max(80, 60000 / data.steps.length));
  let at = 0, done = last, timer = null;

  // Where the elements of a window stand in the padded input: plain counting, no arithmetic of it.
  const met = (step) => {
    const top = Math.floor(step / data.outputs) * data.stride[0];
    const left = (step % data.outputs) * data.stride[1];
    const places = [];
    for (let u = 0; u < data.window[0]; u += 1)
      for (let v = 0; v < data.window[1]; v += 1)
        places.push((top + u * data.dilation[0]) * data.columns + left + v * data.dilation[1]);
    return places;
  };

  const reveal = (step) => {
    for (let i = Math.min(done, step) + 1; i <= Math.max(done, step); i += 1) {
      output[i].classList.toggle("wait", i > step);
      if (!data.pixels) output[i].textContent = i > step ? "" : data.outputTexts[i];
    }
    done = step;
  };

  // Keeps the window in sight where a grid is wider than the page.
  const follow = (cell) => {
    const box = cell.closest(".scroll");
    const [inner, outer] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inner.left < outer.left) box.scrollLeft -= outer.left - inner.left + 2 * inner.width;
    if (inner.right > outer.right) box.scrollLeft += inner.right - outer.right + 2 * inner.width;
  };

  const show = (step) => {
    const [place, result, won, later] = data.steps[step];
    met(at).forEach((place) => input[place].classList.remove("seen", "won"));
    output[at].classList.remove("now");
    const places = met(step);
    places.forEach((place) => input[place].classList.add("seen"));
    if (won !== null) input[places[won]].classList.add("won");
    reveal(step);
    output[step].classList.add("now");
    follow(input[places[places.length - 1]]);
    follow(input[places[0]]);
    follow(output[step]);
    at = step;
    const words = [];
    places.forEach((place, k) => {
      const number = data.numbers[place];
      const word = data.weights ? `${number}*${data.weights[k]}` : number;
      terms[k].textContent = word;
      terms[k].classList.toggle("won", k === won);
      if (data.weights || number !== "(0)") words.push(word);
    });
    part("place").textContent = place;
    const [before, between, after] = data.frame;
    const lines = [`${before}${words.join(between)}${after} = ${result}`, ...later];
    sum.replaceChildren(...lines.map((line) => {
      const paragraph = document.createElement("p");
      const code = document.createElement("code");
      code.textContent = line;
      paragraph.append(code);
      return paragraph;
    }));
    slider.value = String(step);
    slider.setAttribute("aria-valuetext", place);
  };

  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = data.words.play;
    part("told").setAttribute("aria-live", "polite");
  };
  const start = () => {
    part("told").setAttribute("aria-live", "off"); // a reader aloud could not keep up
    play.textContent = data.words.pause;
    if (at === last) show(0);
    timer = setInterval(() => {
      if (at < last) show(at + 1);
      if (at === last) pause();
    }, delay);
  };
  const move = (step) => {
    if (timer !== null) pause();
    show(Math.min(last, Math.max(0, step)));
  };

  play.addEventListener("click", () => (timer === null ? start() : pause()));
  part("back").addEventListener("click", () => move(at - 1));
  part("forward").addEventListener("click", () => move(at + 1));
  slider.addEventListener("input", () => move(Number(slider.value)));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target === slider) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - data.outputs,
      ArrowDown: at + data.outputs, Home: 0, End: last }[event.key];
    if (to !== undefined) move(to);
    else if (event.key === " " && event.target.tagName !== "BUTTON") play.click();
    else return;
    event.preventDefault();
  });

  part("controls").hidden = false;
  show(0);
  if (last > 0 && !matchMedia("(prefers-reduced-motion: reduce)").matches) start();
})();
