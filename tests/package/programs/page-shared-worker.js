// @ts-check

/** @param {any} location */
const callServer = location => {
  const worker = new SharedWorker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => (data.error === undefined ? resolve([data.in, data.answer]) : reject(Error(data.error)));
    worker.onerror = () => reject(Error('the shared worker does not start'));
  });
  worker.port.postMessage({ location, port: port2 }, [port2]);
  return answered;
};
Object.assign(globalThis, { callServer });
