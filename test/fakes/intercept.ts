export interface Call {
  method: string;
  args: readonly unknown[];
}

/** The same port, with something done around each call: to count, to delay, to fail before or after it took effect. */
export function intercept<Port extends object>(
  port: Port,
  around: (call: Call, proceed: () => Promise<unknown>) => Promise<unknown>,
): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        around({ method: String(name), args }, async () => Reflect.apply(member, target, args));
    },
  });
}

/** The same port, and the names of the methods that were called, in order. */
export function traced<Port extends object>(port: Port): { port: Port; calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    port: intercept(port, (call, proceed) => {
      calls.push(call);
      return proceed();
    }),
  };
}
