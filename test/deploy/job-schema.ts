// The part of Kubernetes' batch/v1 Job that a Job of ours may use, as JSON Schema, after its API reference
// (Job v1 batch, Pod v1 core). Stricter than the API server's own check without --validate=strict: a field that is not named
// here is refused, so a misspelt one is found.

type Schema = Readonly<Record<string, unknown>>;

const object = (properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const list = (items: Schema): Schema => ({ type: "array", items, minItems: 1 });
const oneOf = (...values: string[]): Schema => ({ type: "string", enum: values });
const whole = (minimum = 0, maximum = 0x7fff_ffff): Schema => ({ type: "integer", minimum, maximum });
const flag: Schema = { type: "boolean" };
const text: Schema = { type: "string", minLength: 1 };
const path: Schema = { type: "string", pattern: "^/" };

/** RFC 1123: names of objects, containers and volumes. */
const name: Schema = { type: "string", pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" };
/** Quantity (k8s.io/apimachinery/pkg/api/resource). */
const quantity: Schema = { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$" };
const quantities = object({ cpu: quantity, memory: quantity, "ephemeral-storage": quantity });
/** Keys and values of labels: 63 characters at most, with a DNS prefix before the key. */
const labels: Schema = {
  type: "object",
  patternProperties: {
    "^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$": {
      type: "string",
      pattern: "^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$",
    },
  },
  additionalProperties: false,
};

const metadata = object({ name, namespace: name, labels });
const keyToPath = object({ key: text, path: text, mode: whole(0, 0o777) }, "key", "path");

const volume: Schema = {
  ...object(
    {
      name,
      configMap: object({ name, defaultMode: whole(0, 0o777), items: list(keyToPath), optional: flag }),
      secret: object({ secretName: name, defaultMode: whole(0, 0o777), items: list(keyToPath), optional: flag }),
      persistentVolumeClaim: object({ claimName: name, readOnly: flag }, "claimName"),
    },
    "name",
  ),
  // The name, and one source.
  minProperties: 2,
  maxProperties: 2,
};

const env = object(
  {
    name: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
    value: { type: "string" },
    valueFrom: object({ secretKeyRef: object({ name, key: text, optional: flag }, "name", "key") }),
  },
  "name",
);

const container = object(
  {
    name,
    image: text,
    imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
    command: list(text),
    args: list(text),
    env: list(env),
    resources: object({ requests: quantities, limits: quantities }),
    securityContext: object({
      allowPrivilegeEscalation: flag,
      readOnlyRootFilesystem: flag,
      privileged: flag,
      runAsNonRoot: flag,
      runAsUser: whole(),
      capabilities: object({ add: list(text), drop: list(text) }),
    }),
    volumeMounts: list(object({ name, mountPath: path, readOnly: flag, subPath: text }, "name", "mountPath")),
  },
  "name",
  "image",
);

const pod = object(
  {
    // A Job's pod is never restarted for ever.
    restartPolicy: oneOf("Never", "OnFailure"),
    automountServiceAccountToken: flag,
    serviceAccountName: name,
    terminationGracePeriodSeconds: whole(),
    nodeSelector: labels,
    securityContext: object({
      runAsNonRoot: flag,
      runAsUser: whole(),
      runAsGroup: whole(),
      fsGroup: whole(),
      seccompProfile: object({ type: oneOf("RuntimeDefault", "Unconfined", "Localhost") }, "type"),
    }),
    containers: list(container),
    volumes: list(volume),
  },
  "restartPolicy",
  "containers",
);

/** A rule looks at conditions or at exit codes, not at both. */
const failureRule: Schema = {
  oneOf: [
    object(
      {
        action: oneOf("FailJob", "FailIndex", "Ignore", "Count"),
        onPodConditions: {
          ...list(object({ type: text, status: oneOf("True", "False", "Unknown") }, "type")),
          maxItems: 20,
        },
      },
      "action",
      "onPodConditions",
    ),
    object(
      {
        action: oneOf("FailJob", "FailIndex", "Ignore", "Count"),
        onExitCodes: object(
          { containerName: name, operator: oneOf("In", "NotIn"), values: { ...list(whole(0, 255)), maxItems: 255 } },
          "operator",
          "values",
        ),
      },
      "action",
      "onExitCodes",
    ),
  ],
};

/** For an Indexed Job: `completions` must be there, and no more pods run at once than there are indexes. */
export const JOB_SCHEMA: Schema = object(
  {
    apiVersion: { const: "batch/v1" },
    kind: { const: "Job" },
    metadata: { ...metadata, required: ["name"] },
    spec: object(
      {
        completionMode: { const: "Indexed" },
        completions: whole(1),
        // With more indexes, at most 10,000 run at once (Job v1 batch, `completions`).
        parallelism: whole(1, 10_000),
        backoffLimit: whole(),
        backoffLimitPerIndex: whole(),
        maxFailedIndexes: whole(),
        podFailurePolicy: object({ rules: { ...list(failureRule), maxItems: 20 } }, "rules"),
        activeDeadlineSeconds: whole(1),
        ttlSecondsAfterFinished: whole(),
        suspend: flag,
        template: object({ metadata: object({ labels }), spec: pod }, "spec"),
      },
      "completionMode",
      "completions",
      "template",
    ),
  },
  "apiVersion",
  "kind",
  "metadata",
  "spec",
);
