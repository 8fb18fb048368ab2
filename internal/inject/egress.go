package inject

import (
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// pointAtEgress turns the base URLs of declared model services into the sidecar's listener:
// `https://api.model.example/v1` becomes `http://127.0.0.1:15081/<processor>/v1`. Only literal values whose host is a declared
// processor's are touched; for all others the policy says what to do.
func pointAtEgress(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) {
	for c := range containers(pod) {
		for i := range c.Env {
			variable := &c.Env[i]
			if variable.Value != "" && slices.Contains(template.ModelURLVariables, variable.Name) {
				variable.Value = egressURL(variable.Value, declaration.Spec.Processors, template.EgressURL)
			}
		}
	}
}

// egressURL returns the value itself when it is no http or https URL, already points at the listener, or has an unknown host.
func egressURL(value string, processors []v1alpha1.Processor, listener string) string {
	if value == listener || strings.HasPrefix(value, listener+"/") {
		return value
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return value
	}
	for _, p := range processors {
		if p.Host != "" && sameHost(u, p.Host) {
			return listener + "/" + p.Name + rest(u)
		}
	}
	return value
}

// sameHost compares without case, and without a port that is the default one anyway. The sidecar chooses the scheme of the
// connection that leaves the pod (see internal/sidecarconfig/render), so the app's does not matter.
func sameHost(u *url.URL, host string) bool {
	port := ":443"
	if u.Scheme == "http" {
		port = ":80"
	}
	return strings.EqualFold(strings.TrimSuffix(u.Host, port), strings.TrimSuffix(host, ":443"))
}

func rest(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}
