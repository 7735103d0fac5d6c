import YAML from "yaml";

/** Folder of dashboards in the container; they come as files, and a change in the browser is not kept. */
const DASHBOARDS_DIRECTORY = "/etc/grafana/dashboards";

/** Grafana's provisioning files: path below its provisioning folder to content. */
export function grafanaProvisioning(prometheusUrl: string): Readonly<Record<string, string>> {
  return {
    "datasources/prometheus.yaml": YAML.stringify({
      apiVersion: 1,
      datasources: [
        {
          name: "Prometheus",
          uid: "prometheus",
          type: "prometheus",
          access: "proxy",
          url: prometheusUrl,
          isDefault: true,
          editable: false,
        },
      ],
    }),
    "dashboards/files.yaml": YAML.stringify({
      apiVersion: 1,
      providers: [
        {
          name: "files",
          type: "file",
          disableDeletion: true,
          allowUiUpdates: false,
          options: { path: DASHBOARDS_DIRECTORY },
        },
      ],
    }),
  };
}
