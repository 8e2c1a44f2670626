"""The fields of a pod spec, a container and a probe.

Source: `PodSpec`, `Container`, `EphemeralContainer`, `Probe` and `ProbeHandler` in
`core/v1/types.go` of k8s.io/api v0.37.2; read on 2026-11-29.
"""

POD_SPEC = frozenset(
    {
        *("volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy"),
        *("terminationGracePeriodSeconds", "activeDeadlineSeconds", "dnsPolicy", "nodeSelector"),
        *("serviceAccountName", "serviceAccount", "automountServiceAccountToken", "nodeName"),
        *("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "securityContext"),
        *("imagePullSecrets", "hostname", "subdomain", "affinity", "schedulerName"),
        *("tolerations", "hostAliases", "priorityClassName", "priority", "dnsConfig"),
        *("readinessGates", "runtimeClassName", "enableServiceLinks", "preemptionPolicy"),
        *("overhead", "topologySpreadConstraints", "setHostnameAsFQDN", "os", "hostUsers"),
        *("schedulingGates", "resourceClaims", "resources", "hostnameOverride", "workloadRef"),
        *("schedulingGroup", "evictionResponders"),
    }
)
CONTAINER = frozenset(
    {
        *("name", "image", "command", "args", "workingDir", "ports", "envFrom", "env"),
        *("resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "volumeMounts"),
        *("volumeDevices", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"),
        *("terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"),
        *("securityContext", "stdin", "stdinOnce", "tty", "targetContainerName"),
    }
)
PROBE = frozenset(
    {
        *("exec", "httpGet", "tcpSocket", "grpc", "initialDelaySeconds", "timeoutSeconds"),
        *("periodSeconds", "successThreshold", "failureThreshold"),
        "terminationGracePeriodSeconds",
    }
)
# Maps of texts that users name, where a key is data.
MAPS_OF_TEXT = frozenset({"labels", "annotations", "matchLabels", "nodeSelector"})
# Other maps of what users name, and what controllers write.
DATA = frozenset(
    {
        *("limits", "requests", "managedFields", "status"),
        *("options", "volumeAttributes", "overhead", "data", "stringData", "binaryData"),
    }
)
