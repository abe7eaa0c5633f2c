'use strict';
// Everything reads without this: it switches the theme and shows what a mark says on hover and focus.
const root = document.documentElement;
const button = document.getElementById('theme');
button.hidden = false;
button.addEventListener('click', () => {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.theme = (root.dataset.theme || system) === 'dark' ? 'light' : 'dark';
});
function show(mark) {
  const figure = mark.closest('figure');
  const tip = figure.querySelector('.tip');
  tip.textContent = mark.getAttribute('aria-label');
  tip.hidden = false;
  const at = mark.getBoundingClientRect();
  const frame = figure.getBoundingClientRect();
  const right = at.right - frame.left + 6;
  const fits = right + tip.offsetWidth <= frame.width;
  tip.style.left = Math.max(0, fits ? right : at.left - frame.left - tip.offsetWidth - 6) + 'px';
  tip.style.top = Math.max(0, at.top - frame.top - tip.offsetHeight - 4) + 'px';
}
function hide() {
  for (const tip of document.querySelectorAll('.tip')) tip.hidden = true;
}
for (const mark of document.querySelectorAll('.mark')) {
  mark.addEventListener('pointerenter', () => show(mark));
  mark.addEventListener('focus', () => show(mark));
  mark.addEventListener('pointerleave', hide);
  mark.addEventListener('blur', hide);
}
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
