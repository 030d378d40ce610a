// The desk's selection: a bar appears, the panel hides its hints, Shift extends.
const boxes = () => [...document.querySelectorAll("[data-queue] input[type=checkbox][name=id]")];
let last = null;

export function selected() {
  return boxes().filter((box) => box.checked);
}

export function clear() {
  for (const box of selected()) box.checked = false;
  count();
}

export function extend(to) {
  const all = boxes();
  const [from, end] = [all.indexOf(last ?? to), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(Math.max(from, 0), end + 1)) box.checked = true;
  count();
}

export function count() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const many = selected().length;
  bar.hidden = many === 0;
  const words = bar.querySelector("[data-count]");
  if (words) words.textContent = (many === 1 ? words.dataset.one : words.dataset.many).replace("{count}", many);
  document.body.classList.toggle("selecting", many > 0);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-queue] input[type=checkbox]");
  if (box && event.shiftKey && last) extend(box);
  if (box) last = box;
  if (event.target.closest?.("[data-clear]")) {
    event.preventDefault();
    clear();
  }
});
document.addEventListener("change", (event) => {
  if (event.target.closest?.("[data-queue]")) count();
});
document.addEventListener("htmx:afterSettle", count);
count();
