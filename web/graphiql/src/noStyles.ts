// Stands in for react-style-singleton, which writes style elements; see vite.config.ts.

export function styleSingleton() {
  return () => null;
}

export function styleHookSingleton() {
  return () => undefined;
}

export function stylesheetSingleton() {
  return { add: () => undefined, remove: () => undefined };
}
