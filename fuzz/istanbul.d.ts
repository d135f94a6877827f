// The one function of istanbul-lib-instrument that is used; the package has no types of its own.

declare module "istanbul-lib-instrument" {
  export function createInstrumenter(options: {
    esModules: boolean;
    compact: boolean;
    produceSourceMap: boolean;
    coverageVariable: string;
    coverageGlobalScopeFunc: boolean;
    coverageGlobalScope: string;
  }): { instrumentSync(code: string, filename: string): string };
}
