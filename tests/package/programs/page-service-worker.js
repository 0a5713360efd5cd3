// @ts-check

/** @param {any} location */
const callServer = async location => {
  await navigator.serviceWorker.register(new URL('./worker.js', import.meta.url), { type: 'module' });
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => (data.error === undefined ? resolve([data.in, data.answer]) : reject(Error(data.error)));
  });
  active?.postMessage({ location, port: port2 }, [port2]);
  return answered;
};
Object.assign(globalThis, { callServer });
