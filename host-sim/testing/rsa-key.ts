// The RSA key of simulated devices: a chip makes none, and one that was made anew for each run would change its trace. It stands
// here for all to read, and guards nothing.

import { decodeBase64 } from "../../firmware/bytes/base64.js";

/** PKCS#8, 2048 bits. */
export const SIMULATED_RSA_KEY: Uint8Array = decodeBase64(
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCkz2TF7N3kgFjjKnIKA1ScsSmNrDivMdf93bz4K+akqvbk6scMu/lXDLXpJAEC32u2" +
    "UBiFsoqTntmXqJwXVAQGAxhpzPKHHgBI5gsHpU9NA8SiQwzKBM4YSiiYJnYL0jGK5dkzvFPNmL6AHaVRFviievL2QzUn0yAml8Whbx2GKLUnBq7r6PzF" +
    "SJxtVPQWR01tRjz/BICRrSzEWsImoSFwhL01u8MF0wMYSEYk8zZELGrjVN2EJLKGIedpRApf18elIgQ4EUFqfhahPW3IWN5l0fSsCmElufLFP2t9tSw+" +
    "lXv5PIO/OF6pIgkQgSE9Kg/9P4cJFepSmS3/IBeLBXZTAgMBAAECggEASDkIWMIBxSJHkZkmq2OlPxtV8dswZfnqRLpYlsqqQqwXEN8fxmFTlYWg7B+W" +
    "f9tHuPeln2VL3AAHK7I8YO606quNlcO13mdTyZ5h5AJZ246Uq2TFpHvxkuxgmLh2D50Xj95Eziqv8M+IX91d9kiiQZWuhiOSljarhq4I8cMfRYw5vbnZ" +
    "Zt4/chRV5rqxZyfwpfHXrG0yLvTwUsHsYOdya+bAbh5I9LqSEx8+NLtObJaYGg43zSOVsAvzmJMbOx8t8HhG5ps/BVFn3oC/A8JcP+ASSQqa5p9tdC/3" +
    "pQlo4MfdYIoZD+qpNbhEhPPnhWQ0gOnW3Lf766UVN/YR/J0hZQKBgQDdJWvwdf7ZuH6uYqXWbXr6nO3IDu/mE0z3f/Hvw2Vqa72gaJztcbQ0iuYodIHs" +
    "xG7DPg3iJUcvRVpw4pzy/iF/osXl1BAIJjBozKbajA0921/9RcKvxyPGUy/mGvzIHdoBEQp84Iv/t/R0LyOliRaMLI61QA5PSFlZX3/wPMBx9QKBgQC+" +
    "yPuxn28LG+iWzBu5lLroXJz9UQ4PTaEsgNIQ3tewshd/qliE8bcNSlXTS3rvVjhddGZop7N0V/HkNKX6lWdrmcf6FfRGd7N6Oq5xEsWF93ZtJBZNTjfL" +
    "J6GNjPZaC24+uxQTVxDNM9TLIdpO0wFPNHJM0CYUp4UfjFH3cQFyJwKBgH98tEYyb9Hp1zYG7p24DZ5uW3HqkogrdkJ0QvA6z7tTE0VnKZiE5SMpM9f8" +
    "mm35K/VoT66gWPI6ZBIRwfMfaAZhuv5sizV3do7j9AinlnajginLTpnxDoGlsUZRJorjEqtsvIQTGwI3dTiJeF5Usmfqw/ZfUCCKj9/C+0lubG8FAoGB" +
    "AKpAyPt1f662NRV9B7DQ3QrGuwID9zwI1q/UNaIAexKfmwC+j0f0PJqLn5NzZD14/8vGOC1kmmxUnvQ7V3MLKMOI9EBknxzTbULCYzFcwxAOCYzUC2Lp" +
    "TjjpIO4kwSMR2Ev6vquTota8TkUH7L0y55Q7BVUu2wzLgazpl6vtGJE5AoGAIrkmGsA5TAE6bhHlYE07W3lQMn6Zu9dpT61r4CzI3BMmACBgog5Er00/" +
    "bc2asxsKxXyGPttbK7KeiHNq3f8OWZvM4fCdD1Dtragslbch2AX/wBVAeVG7jXV4u6gmtjDdyagRWlRgrX1Y8/9j0ZWDNrOM0ZjVKLZBO04nnXVDwBA=",
);
