// Stands where Ink names react-devtools-core: only used in development, which a bundle never is.
export const connectToDevTools = () => {};
export const initialize = () => {};
export default { connectToDevTools, initialize };
