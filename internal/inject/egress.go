package inject

import (
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/product"
)

// pointAtEgress rewrites the base URLs of models in the app's environment variables and arguments to the sidecar's listener:
// `https://api.model.example/v1` becomes `http://127.0.0.1:23081/<processor>/v1`. The sidecar calls the model with the scheme of the URL
// (contract.EgressName). pointAtEgress rewrites only literal values whose host is that of a declared processor, whatever the name of the
// variable is; the policy reports the other values of variables that package product names, and of hosts that it knows. A variable
// that is missing, so that the client would call the default host of a service past the sidecar, is added if that host is a processor's.
func pointAtEgress(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) {
	rewrite := func(url string) string { return rewriteURL(url, declaration.Spec.Processors, template.EgressURL) }
	for c := range iterateContainers(pod) {
		product.ReplaceTextURLs(c, rewrite)
		for _, u := range product.FindModelURLs(c) {
			switch {
			case u.IsMissing():
				addURL(c, u, rewrite(u.Called()))
			case u.Value != "":
				c.Env[u.Index].Value = u.ReplaceURLs(rewrite)
			}
		}
	}
}

// addURL adds the variable with the URL at the sidecar that stands for the default URL of the service, or sets it if it is empty. It adds
// nothing if no processor has the host of that URL, so that it is not rewritten.
func addURL(c *corev1.Container, missing product.ModelURL, rewritten string) {
	if rewritten == missing.Called() {
		return
	}
	if i := slices.IndexFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == missing.Name }); i >= 0 {
		c.Env[i].Value = rewritten
		return
	}
	c.Env = append(c.Env, corev1.EnvVar{Name: missing.Name, Value: rewritten})
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
		if p.Host != "" && product.HasHost(value, p.Host) {
			return listener + "/" + contract.EgressName(p.Name, p.Host, u.Scheme) + joinPathAndQuery(u)
		}
	}
	return value
}

// joinPathAndQuery returns the part of the URL after the host.
func joinPathAndQuery(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}
