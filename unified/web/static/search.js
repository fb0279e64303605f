// Filters the list of products while the person types. Without JavaScript the form does the same on the server.
const box = document.querySelector("[data-search]");
const counter = box.form.querySelector("[role=status]");
const choices = [...document.getElementById(box.dataset.search).children];

box.addEventListener("input", () => {
  const wanted = box.value.trim().toLowerCase();
  let count = 0;
  for (const choice of choices) {
    choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
    count += choice.hidden ? 0 : 1;
  }
  counter.textContent = count ? counter.dataset.count.replace("#", count) : counter.dataset.none;
});
