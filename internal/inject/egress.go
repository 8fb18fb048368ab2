package inject

import (
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// pointAtEgress rewrites the base URLs of declared model services to the sidecar's listener: `https://api.model.example/v1` becomes
// `http://127.0.0.1:15081/<processor>/v1`. It rewrites only literal values whose host is that of a declared processor; the policy
// reports all others.
func pointAtEgress(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) {
	for c := range iterateContainers(pod) {
		for i := range c.Env {
			variable := &c.Env[i]
			if variable.Value != "" && slices.Contains(template.ModelURLVariables, variable.Name) {
				variable.Value = rewriteURL(variable.Value, declaration.Spec.Processors, template.EgressURL)
			}
		}
	}
}

// rewriteURL returns the value unchanged when it is not an http or https URL, points at the listener, or has an unknown host.
func rewriteURL(value string, processors []v1alpha1.Processor, listener string) string {
	if value == listener || strings.HasPrefix(value, listener+"/") {
		return value
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return value
	}
	for _, p := range processors {
		if p.Host != "" && isSameHost(u, p.Host) {
			return listener + "/" + p.Name + joinPathAndQuery(u)
		}
	}
	return value
}

// isSameHost compares without case and without a default port. The scheme that the app uses does not matter: the sidecar chooses
// that of the connection that leaves the pod (see internal/sidecarconfig/render).
func isSameHost(u *url.URL, host string) bool {
	port := ":443"
	if u.Scheme == "http" {
		port = ":80"
	}
	return strings.EqualFold(strings.TrimSuffix(u.Host, port), strings.TrimSuffix(host, ":443"))
}

func joinPathAndQuery(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}
