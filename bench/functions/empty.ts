/** Returns an empty answer: the fixed cost of a function. */
export const handler = async () => ({ statusCode: 200, body: '' });
