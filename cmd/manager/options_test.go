package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const image = "registry.example/chaperone/sidecar@sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestParseOptions(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"an image by digest is enough":             {[]string{"--sidecar-image", image}, ""},
		"no image":                                 {nil, "--sidecar-image is \"\""},
		"an image by tag":                          {[]string{"--sidecar-image", "chaperone/sidecar:v1"}, "by digest"},
		"a digest that is cut off":                 {[]string{"--sidecar-image", "chaperone/sidecar@sha256:0123"}, "by digest"},
		"a port out of range":                      {[]string{"--sidecar-image", image, "--webhook-port", "70000"}, "--webhook-port is 70000"},
		"two ways to name the certificate's host":  {[]string{"--sidecar-image", image, "--webhook-cert-dir", "/certs", "--webhook-url-host", "127.0.0.1"}, "exclude each other"},
		"a negative delay":                         {[]string{"--sidecar-image", image, "--shutdown-delay", "-1s"}, "--shutdown-delay is -1s"},
		"resources of the sidecar":                 {[]string{"--sidecar-image", image, "--sidecar-resources", exampleSidecarResources}, ""},
		"resources without a limit of memory":      {[]string{"--sidecar-resources", "requests.cpu=50m,requests.memory=64Mi"}, "limits.memory is missing"},
		"resources that are none":                  {[]string{"--sidecar-resources", "requests.gpu=1"}, `"requests.gpu=1"`},
		"a quantity that is none":                  {[]string{"--sidecar-resources", "requests.cpu=much"}, `"requests.cpu=much"`},
		"a sidecar that cannot start":              {[]string{"--sidecar-resources", "requests.cpu=50m,requests.memory=16Mi,limits.memory=32Mi"}, "limits.memory is 32Mi"},
		"a request above its limit":                {[]string{"--sidecar-resources", "requests.cpu=50m,requests.memory=1Gi,limits.memory=128Mi"}, "requests.memory is 1Gi"},
		"a flag that does not exist":               {[]string{"--sidecar-imagee", image}, "read flags"},
		"all mistakes are named, not only the one": {[]string{"--webhook-port", "0", "--namespace", ""}, "--namespace is empty"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseOptions("manager", tc.args, func(string) string { return "" }, io.Discard)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("want no error, got %v", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("want an error with %q, got %v", tc.want, err)
			}
		})
	}
}

func TestCertificateNames(t *testing.T) {
	getenv := func(string) string { return "own" }
	in, err := parseOptions("manager", []string{"--sidecar-image", image}, getenv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"chaperone-webhook.own.svc", "chaperone-webhook.own.svc.cluster.local", "chaperone-webhook.own"}, in.certificateNames().DNS); diff != "" {
		t.Errorf("in the cluster (-want +got):\n%s", diff)
	}
	out, err := parseOptions("manager", []string{"--sidecar-image", image, "--webhook-url-host", "127.0.0.1"}, getenv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if names := out.certificateNames(); len(names.DNS) != 0 || len(names.IPs) != 1 || names.IPs[0].String() != "127.0.0.1" {
		t.Errorf("outside of the cluster: want 127.0.0.1, got %+v", names)
	}
}

func TestParseSidecarResources(t *testing.T) {
	got, err := parseSidecarResources(exampleSidecarResources)
	if err != nil {
		t.Fatal(err)
	}
	quantities := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	want := &corev1.ResourceRequirements{Requests: quantities("50m", "64Mi"), Limits: quantities("1", "128Mi")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}
