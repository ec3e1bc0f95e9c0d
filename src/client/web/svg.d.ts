/** A picture of ours, which the build puts into the script. */
declare module '*.svg' {
  const url: string;
  export default url;
}
