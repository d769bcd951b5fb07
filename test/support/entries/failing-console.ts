// The real console, in which a signal makes something fail: SIGUSR2 with FAILS=draw, throw, reject or abort.
const { toISOString } = Date.prototype;

function failWhileDrawing(error: Error): void {
  // oxlint-disable-next-line no-extend-native -- nothing else makes the finished program fail while it draws
  Object.defineProperty(Date.prototype, 'toISOString', {
    value(this: Date) {
      if (new Error('who calls?').stack?.includes('HeaderLine') === true) throw error;
      return toISOString.call(this);
    },
  });
}

process.on('SIGUSR2', () => {
  const error = new Error(`made to fail with emop-${'S'.repeat(43)}`);
  switch (process.env['FAILS']) {
    case 'draw':
      // The clock in the header is drawn once a second.
      failWhileDrawing(error);
      break;
    case 'throw':
      setImmediate(() => {
        throw error;
      });
      break;
    case 'abort':
      process.abort();
      break;
    default:
      void Promise.reject(error);
  }
});
await import('../../../src/console/main.tsx');
