package inject

import (
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/product"
)

// pointAtEgress rewrites the base URLs of models in the app's environment variables to the sidecar's listener:
// `https://api.model.example/v1` becomes `http://127.0.0.1:23081/<processor>/v1`. The sidecar calls the model with the scheme of the URL
// (contract.EgressName). pointAtEgress rewrites only literal values whose host is that of a declared processor; the policy reports the
// other values of these variables. Neither looks for URLs of models in variables that the data of package product does not name. A variable
// that is missing, so that the client would call the default host of a service past the sidecar, is added if that host is a processor's.
func pointAtEgress(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) {
	for c := range iterateContainers(pod) {
		for _, u := range product.FindModelURLs(c.Env, c.EnvFrom) {
			if u.IsMissing() {
				addURL(c, u, declaration.Spec.Processors, template.EgressURL)
				continue
			}
			urls := u.SplitValue()
			for i := range urls {
				urls[i] = rewriteURL(urls[i], declaration.Spec.Processors, template.EgressURL)
			}
			if len(urls) > 0 {
				c.Env[u.Index].Value = u.JoinValue(urls)
			}
		}
	}
}

// addURL adds the variable with the URL at the sidecar that stands for the default URL of the service. It adds nothing if no processor has
// the host of that URL.
func addURL(c *corev1.Container, missing product.ModelURL, processors []v1alpha1.Processor, listener string) {
	if rewritten := rewriteURL(missing.Called(), processors, listener); rewritten != missing.Called() {
		c.Env = append(c.Env, corev1.EnvVar{Name: missing.Name, Value: rewritten})
	}
}

// rewriteURL returns the URL at the sidecar that stands for the URL of a model; listener is the base URL of the sidecar. It returns the
// value unchanged if it is not an HTTP or HTTPS URL, if it already points at the listener, or if no processor has its host.
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
			return listener + "/" + contract.EgressName(p.Name, p.Host, u.Scheme) + joinPathAndQuery(u)
		}
	}
	return value
}

// isSameHost reports whether the host of the URL is the declared host. It ignores case and the default port of the URL's scheme.
func isSameHost(u *url.URL, host string) bool {
	port := ":443"
	if u.Scheme == "http" {
		port = ":80"
	}
	return strings.EqualFold(strings.TrimSuffix(u.Host, port), strings.TrimSuffix(host, port))
}

// joinPathAndQuery returns the part of the URL after the host.
func joinPathAndQuery(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}
