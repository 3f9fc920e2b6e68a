/* global document, MutationObserver, performance, requestAnimationFrame */
// Runs in the page before anything of its own. Plain JavaScript: the browser gets it as it is.

// Notes when the end of the app's page is drawn.
const ending = new MutationObserver(() => {
  const [end] = document.getElementsByClassName("st-key-end");
  if (!end?.textContent.includes("Count:")) return;
  ending.disconnect();
  requestAnimationFrame(() => performance.mark("end-of-page"));
});
ending.observe(document, { childList: true, subtree: true, characterData: true });

/** Click the button for the `count`-th time; milliseconds until its effect is there. */
globalThis.clickAndWait = async (count) => {
  const [end] = document.getElementsByClassName("st-key-end");
  const done = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (end.textContent !== `Count: ${count}`) return;
      observer.disconnect();
      resolve(performance.now());
    });
    observer.observe(end, { childList: true, subtree: true, characterData: true });
  });
  const start = performance.now();
  document.querySelector(".st-key-click button").click();
  return (await done) - start;
};

/** When the end of the page was drawn, in milliseconds since the navigation began. */
globalThis.endOfPage = () => performance.getEntriesByName("end-of-page")[0]?.startTime;
