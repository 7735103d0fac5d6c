import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { FILES } from "../../services/contract/index.ts";
import { DNS, networkPolicy, podsOf } from "../lib/flows.ts";
import { hashedConfigMap } from "../lib/hashed-config-map.ts";
import { secretVolume } from "../lib/pod.ts";
import { serviceAccount, statefulPod, type Placement } from "../lib/stateful-pod.ts";
import { grafanaProvisioning } from "../monitoring/grafana-provisioning.ts";
import { WEB_PORT } from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";
import { PROMETHEUS_PORT } from "./prometheus.ts";
import { claim } from "./storage-class.ts";

export interface GrafanaArgs extends Placement {
  readonly storageClassName: pulumi.Input<string>;
}

const NAME = "grafana";
const PORT = 3000;
const STORAGE_GI = 5;
const DATA_DIRECTORY = "/var/lib/grafana";
const PROVISIONING_DIRECTORY = "/etc/grafana/provisioning";
const PASSWORD_FILE = "admin-password";
const PASSWORD_LENGTH = 40;
const RESOURCES = { requests: { cpu: "100m", memory: "192Mi" }, limits: { memory: "512Mi" } };

const ENVIRONMENT = {
  GF_SECURITY_ADMIN_USER: "admin",
  GF_SECURITY_ADMIN_PASSWORD__FILE: `${FILES.secretsDir}/${PASSWORD_FILE}`,
  GF_PATHS_DATA: DATA_DIRECTORY,
  GF_PATHS_PROVISIONING: PROVISIONING_DIRECTORY,
  GF_SERVER_HTTP_PORT: String(PORT),
  GF_LOG_MODE: "console",
  GF_AUTH_ANONYMOUS_ENABLED: "false",
  GF_USERS_ALLOW_SIGN_UP: "false",
  // It tells nobody outside of the region anything.
  GF_ANALYTICS_REPORTING_ENABLED: "false",
  GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
  GF_SECURITY_DISABLE_GRAVATAR: "true",
  GF_PLUGINS_PREINSTALL_DISABLED: "true",
  GF_NEWS_NEWS_FEED_ENABLED: "false",
};

/**
 * Grafana with its data source from files, reached by port-forward alone. Users and preferences are
 * in SQLite on a volume; the administrator's password is generated, and read once, at the first start.
 */
export class Grafana extends pulumi.ComponentResource {
  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:monitoring:Grafana", name, {}, opts);
    const account = serviceAccount(this, NAME, args.namespace);
    const secret = this.#password(name, args.namespace);
    const files = Object.entries(grafanaProvisioning(`http://prometheus:${PROMETHEUS_PORT}`)).map(
      ([path, content]) => ({ path, content, key: path.replaceAll("/", ".") }),
    );
    const provisioning = hashedConfigMap(
      this,
      name,
      args.namespace,
      Object.fromEntries(files.map(({ key, content }) => [key, content])),
    );
    const data = claim(this, NAME, args.namespace, args.storageClassName, STORAGE_GI);
    statefulPod(this, NAME, {
      ...args,
      account,
      app: NAME,
      component: "dashboards",
      containers: [container()],
      volumes: [
        {
          name: "provisioning",
          configMap: {
            name: provisioning.metadata.name,
            items: files.map(({ key, path }) => ({ key, path })),
          },
        },
        { name: "data", persistentVolumeClaim: { claimName: data.metadata.name } },
        { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
        secretVolume("secrets", secret.metadata.name),
      ],
    });
    networkPolicy(this, NAME, args.namespace, {
      ingress: [{ from: [podsOf("prometheus")], ports: [{ port: PORT }] }],
      egress: [DNS, { to: [podsOf("prometheus")], ports: [{ port: PROMETHEUS_PORT }] }],
    });
    this.registerOutputs({});
  }

  #password(name: string, namespace: pulumi.Input<string>): kubernetes.core.v1.Secret {
    const password = new random.RandomPassword(
      `${name}-admin`,
      { length: PASSWORD_LENGTH, special: false },
      { parent: this },
    );
    return new kubernetes.core.v1.Secret(
      `${name}-secrets`,
      {
        metadata: { name: `${NAME}-secrets`, namespace },
        type: "Opaque",
        stringData: { [PASSWORD_FILE]: pulumi.secret(password.result) },
      },
      { parent: this },
    );
  }
}

function container(): kubernetes.types.input.core.v1.Container {
  return {
    name: NAME,
    image: IMAGES.grafana,
    env: Object.entries(ENVIRONMENT).map(([key, value]) => ({ name: key, value })),
    ports: [{ name: WEB_PORT, containerPort: PORT }],
    resources: RESOURCES,
    volumeMounts: [
      { name: "provisioning", mountPath: PROVISIONING_DIRECTORY, readOnly: true },
      { name: "data", mountPath: DATA_DIRECTORY },
      { name: "tmp", mountPath: "/tmp" },
      { name: "secrets", mountPath: FILES.secretsDir, readOnly: true },
    ],
    // The first start makes the database's tables.
    startupProbe: {
      httpGet: { path: "/healthz", port: WEB_PORT },
      periodSeconds: 3,
      failureThreshold: 60,
    },
    readinessProbe: {
      httpGet: { path: "/api/health", port: WEB_PORT },
      periodSeconds: 5,
      timeoutSeconds: 3,
    },
    livenessProbe: {
      httpGet: { path: "/healthz", port: WEB_PORT },
      periodSeconds: 15,
      failureThreshold: 4,
      timeoutSeconds: 3,
    },
  };
}
