export interface Call {
  method: string;
  args: readonly unknown[];
}

/** Wraps each call of a port: to count, to delay, or to fail before or after its effect. */
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

/** Records the names of a port's called methods, in order. */
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
