package facts_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// rendered is a sidecar with a value in every kind of field that is compared.
func rendered() corev1.Container {
	probe := func(path string) *corev1.Probe {
		get := &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(23090), Scheme: corev1.URISchemeHTTP}
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: get}, PeriodSeconds: 5}
	}
	return corev1.Container{
		Name: "chaperone", Image: "sidecar@sha256:0", ImagePullPolicy: corev1.PullIfNotPresent, Args: []string{"--config", "x"},
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 23100}}, RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways),
		Env:             []corev1.EnvVar{{Name: "LIMIT", Value: "1"}},
		SecurityContext: &corev1.SecurityContext{RunAsUser: ptr.To[int64](10742)},
		VolumeMounts:    []corev1.VolumeMount{{Name: "chaperone-config", MountPath: "/etc/chaperone", ReadOnly: true}},
		StartupProbe:    probe("/readyz"), LivenessProbe: probe("/healthz"), ReadinessProbe: probe("/readyz"),
	}
}

// setVariables adds environment variables of these names to the container.
func setVariables(names ...string) func(*corev1.Container) {
	return func(c *corev1.Container) {
		for _, name := range names {
			c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: "secret"})
		}
	}
}

// mountAt mounts a volume at each path.
func mountAt(paths ...string) func(*corev1.Container) {
	return func(c *corev1.Container) {
		for _, path := range paths {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "injected", MountPath: path})
		}
	}
}

// redirectProbes does what Istio does to the probes of every container (pkg/kube/inject, with rewriteAppHTTPProbers).
func redirectProbes(c *corev1.Container) {
	for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		probe.HTTPGet.Path, probe.HTTPGet.Port = "/app-health/chaperone/readyz", intstr.FromInt32(15020)
	}
}

// TestSidecarLivesWithInjectors shows what others may change of every container without changing what the sidecar does.
func TestSidecarLivesWithInjectors(t *testing.T) {
	for name, change := range map[string]func(*corev1.Container){
		"LimitRange": func(c *corev1.Container) {
			c.Resources.Limits = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("1Gi")}
		},
		"VPA": func(c *corev1.Container) {
			c.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("25m")}
			c.ResizePolicy = []corev1.ContainerResizePolicy{{ResourceName: corev1.ResourceCPU, RestartPolicy: corev1.NotRequired}}
		},
		"AlwaysPullImages":   func(c *corev1.Container) { c.ImagePullPolicy = corev1.PullAlways },
		"IRSA":               setVariables("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS"),
		"IRSA token":         mountAt("/var/run/secrets/eks.amazonaws.com/serviceaccount"),
		"Azure":              setVariables("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
		"Azure token":        mountAt("/var/run/secrets/azure/tokens"),
		"AKS":                setVariables("KUBERNETES_SERVICE_HOST", "KUBERNETES_PORT_443_TCP_ADDR"),
		"proxy":              setVariables("HTTP_PROXY", "https_proxy", "NO_PROXY", "no_proxy"),
		"OpenTelemetry":      setVariables("OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT"),
		"Dapr":               setVariables("DAPR_HTTP_PORT", "DAPR_GRPC_PORT"),
		"Datadog":            setVariables("DD_AGENT_HOST", "DD_ENTITY_ID"),
		"Vault":              mountAt("/vault/secrets"),
		"Istio probes":       redirectProbes,
		"a neighboring name": mountAt("/etcetera", "/sidecar-data", "/devices"),
	} {
		t.Run(name, func(t *testing.T) {
			found := rendered()
			change(&found)
			if diff := cmp.Diff([]facts.Difference(nil), facts.CompareSidecar("c", &found, rendered())); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSidecarIntegrity shows that each field on which the sidecar rests is named when it differs, and that no value of a variable is shown.
func TestSidecarIntegrity(t *testing.T) {
	const another = "another value"
	variable := func(name string) []facts.Difference {
		return []facts.Difference{{Field: "c.env[" + name + "]", Found: another}}
	}
	for name, test := range map[string]struct {
		change func(*corev1.Container)
		want   []facts.Difference
	}{
		"image": {
			func(c *corev1.Container) { c.Image = "evil" },
			[]facts.Difference{{Field: "c.image", Found: "evil", Required: "sidecar@sha256:0"}},
		},
		"command": {
			func(c *corev1.Container) { c.Command = []string{"/x"} },
			[]facts.Difference{{Field: "c.command", Found: []any{"/x"}}},
		},
		"arguments": {
			func(c *corev1.Container) { c.Args = c.Args[:1] },
			[]facts.Difference{{Field: "c.args", Found: []any{"--config"}, Required: []any{"--config", "x"}}},
		},
		"ports": {
			func(c *corev1.Container) { c.Ports = nil },
			[]facts.Difference{{Field: "c.ports", Required: []any{map[string]any{"name": "http", "containerPort": 23100.0}}}},
		},
		"restart policy": {
			func(c *corev1.Container) { c.RestartPolicy = nil },
			[]facts.Difference{{Field: "c.restartPolicy", Required: "Always"}},
		},
		"user": {
			func(c *corev1.Container) { c.SecurityContext.RunAsUser = ptr.To[int64](0) },
			[]facts.Difference{{Field: "c.securityContext.runAsUser", Found: 0.0, Required: 10742.0}},
		},
		"capability": {
			func(c *corev1.Container) {
				c.SecurityContext.Capabilities = &corev1.Capabilities{Add: []corev1.Capability{"SYS_PTRACE"}}
			},
			[]facts.Difference{{Field: "c.securityContext.capabilities", Found: map[string]any{"add": []any{"SYS_PTRACE"}}}},
		},
		"a program as a probe": {
			func(c *corev1.Container) { c.LivenessProbe.Exec = &corev1.ExecAction{Command: []string{"/sidecar"}} },
			[]facts.Difference{{Field: "c.livenessProbe.exec", Found: map[string]any{"command": []any{"/sidecar"}}}},
		},
		"a program as a redirected probe": {
			func(c *corev1.Container) {
				redirectProbes(c)
				c.LivenessProbe.Exec = &corev1.ExecAction{Command: []string{"/sidecar"}}
			},
			[]facts.Difference{{Field: "c.livenessProbe.exec", Found: map[string]any{"command": []any{"/sidecar"}}}},
		},
		"a probe of another port": {
			func(c *corev1.Container) { c.ReadinessProbe.HTTPGet.Port = intstr.FromInt32(8080) },
			[]facts.Difference{{Field: "c.readinessProbe.httpGet.port", Found: 8080.0, Required: 23090.0}},
		},
		"own variable": {
			func(c *corev1.Container) { c.Env[0].Value = "2" },
			[]facts.Difference{{Field: "c.env[LIMIT]", Found: another, Required: "the value of the sidecar"}},
		},
		"own variable away": {
			func(c *corev1.Container) { c.Env = nil },
			[]facts.Difference{{Field: "c.env[LIMIT]", Required: "the value of the sidecar"}},
		},
		"LD_PRELOAD":    {setVariables("LD_PRELOAD"), variable("LD_PRELOAD")},
		"GODEBUG":       {setVariables("GODEBUG"), variable("GODEBUG")},
		"GOMEMLIMIT":    {setVariables("GOMEMLIMIT"), variable("GOMEMLIMIT")},
		"SSL_CERT_FILE": {setVariables("SSL_CERT_FILE"), variable("SSL_CERT_FILE")},
		"SSL_CERT_DIR":  {setVariables("SSL_CERT_DIR"), variable("SSL_CERT_DIR")},
		"RES_OPTIONS":   {setVariables("RES_OPTIONS"), variable("RES_OPTIONS")},
		"variables of a ConfigMap": {
			func(c *corev1.Container) { c.EnvFrom = []corev1.EnvFromSource{{Prefix: "AWS_"}} },
			[]facts.Difference{{Field: "c.envFrom", Found: []any{map[string]any{"prefix": "AWS_"}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := rendered()
			test.change(&found)
			if diff := cmp.Diff(test.want, facts.CompareSidecar("c", &found, rendered())); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMountsOverTheSidecar shows that no mount covers what the sidecar reads, in whatever way its path is written.
func TestMountsOverTheSidecar(t *testing.T) {
	for _, path := range []string{
		"/", "", ".", "/sidecar", "sidecar", "/x/../sidecar", "/etc", "/etc/", "//etc//ssl/certs", "/etc/hosts", "/etc/chaperone/config.json",
		"/proc/self", "/dev/shm", "/sys/fs/cgroup", "/var", "/var/run/secrets", "/run", "/var/run/secrets/kubernetes.io/serviceaccount",
	} {
		found := rendered()
		mountAt(path)(&found)
		differences := facts.CompareSidecar("c", &found, rendered())
		if len(differences) != 1 || differences[0].Field != "c.volumeMounts" {
			t.Errorf("a mount at %q: differences %v, want one in c.volumeMounts", path, differences)
		}
	}
}

// TestSidecarProgram compares the path that mounts must not cover with the image.
func TestSidecarProgram(t *testing.T) {
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if entrypoint := `ENTRYPOINT ["` + contract.SidecarProgram + `"]`; !strings.Contains(string(dockerfile), entrypoint) {
		t.Errorf("the Dockerfile has no %s", entrypoint)
	}
}

// TestTokensOfOtherServices shows that a token which the Kubernetes API refuses is no token for it.
func TestTokensOfOtherServices(t *testing.T) {
	for audience, isFound := range map[string]bool{
		"": true, "https://kubernetes.default.svc": true, "example.svc.id.goog.example": true, "sts.amazonaws.com": false,
		"pods.eks.amazonaws.com": false, "api://AzureADTokenExchange": false, "istio-ca": false, "identity.l5d.io": false,
		"shop.svc.id.goog": false,
	} {
		in := governed()
		in.Pod.Spec.Volumes = append(in.Pod.Spec.Volumes, corev1.Volume{Name: "token", VolumeSource: corev1.VolumeSource{
			Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{
				ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: audience},
			}}},
		}})
		if found := len(facts.NewWorkload(in).Pod.ServiceAccountTokens) == 1; found != isFound {
			t.Errorf("audience %q: found %t", audience, found)
		}
	}
}
