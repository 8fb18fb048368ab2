package assess

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// stateVariables returns a copy of the pod in which containers state the variables that come from the ConfigMaps, which has their data by
// name.
func stateVariables(pod *corev1.Pod, configMaps map[string]map[string]string) *corev1.Pod {
	if len(configMaps) == 0 {
		return pod
	}
	pod = pod.DeepCopy()
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		for _, v := range facts.ListConfigured(c, configMaps) {
			stated := corev1.EnvVar{Name: v.Name, Value: v.Value}
			if at := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == v.Name }); at >= 0 {
				c.Env[at] = stated
				continue
			}
			c.Env = append(c.Env, stated)
		}
		c.EnvFrom = slices.DeleteFunc(c.EnvFrom, func(from corev1.EnvFromSource) bool {
			return from.ConfigMapRef != nil && configMaps[from.ConfigMapRef.Name] != nil
		})
	}
	return pod
}

// findModelCalls returns the calls of models that the containers of the pod show, and the reasons why there may be others.
func findModelCalls(pod *corev1.Pod, match product.Match) (calls []report.ModelCall, unseen []string) {
	calls = []report.ModelCall{}
	sources := map[string]bool{} // The ConfigMaps and Secrets of envFrom.
	unseen = []string{}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		called := listCalls(c)
		if match.Product == nil {
			unseen = append(unseen, doubtDefaults(c, called)...)
		}
		regional, reasons := listRegionalCalls(c, called)
		called = append(called, regional...)
		calls, unseen = append(calls, called...), append(unseen, reasons...)
		for _, from := range c.EnvFrom {
			switch {
			case from.ConfigMapRef != nil:
				sources["ConfigMap "+from.ConfigMapRef.Name] = true
			case from.SecretRef != nil:
				sources["Secret "+from.SecretRef.Name] = true
			}
		}
	}
	if len(sources) > 0 {
		unseen = append(unseen, "variables come from "+strings.Join(slices.Sorted(maps.Keys(sources)), " and "))
	}
	if match.Product != nil {
		for place, reason := range map[product.Place]string{
			product.PlaceDatabase: "keeps the URLs of its models in its own database",
			product.PlaceFile:     "keeps the URLs of its models in a file",
		} {
			if slices.Contains(match.Product.Models, place) {
				unseen = append(unseen, match.Product.Title+" "+reason)
			}
		}
	}
	slices.Sort(unseen)
	return calls, slices.Compact(unseen)
}

// doubtDefaults makes the calls of default hosts less sure, because nothing tells how a program that is not known reads a key. If another
// URL of the container may lead to the model, such a call is a guess, its host is left open, and a reason says which URL that is.
func doubtDefaults(c *corev1.Container, calls []report.ModelCall) []string {
	var reasons []string
	for i := range calls {
		call := &calls[i]
		if !call.IsDefault || call.Host == "" {
			continue
		}
		call.Sure = max(call.Sure, string(product.SureDocumented))
		for _, u := range product.FindTextURLs(c) {
			if product.MayBeBase(u) {
				call.Sure, call.IsOpen = string(product.SureRecalled), true
				reasons = append(reasons, fmt.Sprintf("%s leads to %s: if the model is there, %s does not mean %s, and the declaration names that host instead",
					u.Name, product.Host(u.URL), call.Variable, call.Host))
			}
		}
	}
	return reasons
}

// listRegionalCalls returns the calls of services of which the container has only settings, if the region says the host. reasons says what
// the manifest lacks for the sidecar to see them; calls has what the container calls besides.
func listRegionalCalls(c *corev1.Container, calls []report.ModelCall) (regional []report.ModelCall, reasons []string) {
	for _, setting := range product.FindSettings(c.Env) {
		service := setting.Service
		isCalled := slices.ContainsFunc(slices.Concat(calls, regional), func(call report.ModelCall) bool { return call.Service == service.Title })
		if isCalled {
			continue
		}
		host, variable := service.FindRegionalHost(c.Env)
		if host == "" {
			reasons = append(reasons, fmt.Sprintf("%s is a setting of %s, and no variable says at which host it is called", setting.Name, service.Title))
			continue
		}
		regional = append(regional, report.ModelCall{
			Variable: variable, Service: service.Title, Shape: service.Shape, Host: host, IsDefault: true, Sure: string(product.SureRecalled),
		})
		reasons = append(reasons, fmt.Sprintf("the client of %s takes its host from %s. The sidecar reads its calls once %s is https://%s, and only with a "+
			"key of the service: signatures of AWS cover the host and the body",
			service.Title, variable, service.URLs[0], host))
	}
	return regional, reasons
}

// listCalls returns the calls of models that one container shows.
func listCalls(c *corev1.Container) []report.ModelCall {
	var calls []report.ModelCall
	hasURL := map[string]bool{} // The services for which the container has a URL.
	for _, u := range product.FindModelURLs(c) {
		if u.IsMissing() { // The loop over the credentials adds the calls of defaults.
			continue
		}
		hasURL[u.Service.Name] = true
		call := report.ModelCall{Variable: u.Name, Service: u.Service.Title, Shape: u.Service.Shape, Sure: string(u.Service.Sure)}
		for _, value := range u.SplitValue() {
			call.Host = product.Host(value)
			calls = append(calls, call)
		}
		if u.Value == "" { // The value comes from elsewhere, so the host is not known.
			calls = append(calls, call)
		}
	}
	for _, u := range product.FindTextURLs(c) {
		if service, ok := product.FindServiceAt(u.URL); ok {
			hasURL[service.Name] = true
			calls = append(calls, report.ModelCall{
				Variable: u.Name, Service: service.Title, Shape: service.Shape, Host: product.Host(u.URL), Sure: string(service.Sure),
			})
		}
	}
	for _, credential := range product.FindCredentials(c.Env) {
		if service := credential.Service; !hasURL[service.Name] && (service.Default.URL != "" || service.Messaging != nil) {
			hasURL[service.Name] = true
			calls = append(calls, report.ModelCall{
				Variable: credential.Name, Service: service.Title, Shape: service.Shape, IsDefault: true,
				Host: product.Host(service.Default.URL), Sure: string(service.Sure),
			})
		}
	}
	return calls
}
