package main

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// exampleSidecarResources are the resources that sidecars have without the flag --sidecar-resources.
const exampleSidecarResources = "requests.cpu=50m,requests.memory=64Mi,limits.cpu=1,limits.memory=128Mi"

// minimumSidecarMemory is the least limit of memory that --sidecar-resources can set: an idle sidecar needs up to 24 MiB, and a body of 1
// MiB several times its size.
const minimumSidecarMemory = "64Mi"

// parseSidecarResources parses the value of --sidecar-resources: quantities by name, separated by commas, in any order. A limit of CPU may
// be missing. The policy requires the other quantities of every container.
func parseSidecarResources(value string) (*corev1.ResourceRequirements, error) {
	resources := &corev1.ResourceRequirements{Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{}}
	for part := range strings.SplitSeq(value, ",") {
		if err := addSidecarResource(resources, part); err != nil {
			return nil, err
		}
	}
	return resources, checkSidecarResources(resources)
}

// addSidecarResource adds one part of the flag, for example `limits.memory=128Mi`.
func addSidecarResource(resources *corev1.ResourceRequirements, part string) error {
	key, text, _ := strings.Cut(part, "=")
	list, name, _ := strings.Cut(strings.TrimSpace(key), ".")
	lists := map[string]corev1.ResourceList{"requests": resources.Requests, "limits": resources.Limits}
	isKnown := name == string(corev1.ResourceCPU) || name == string(corev1.ResourceMemory)
	quantity, err := resource.ParseQuantity(strings.TrimSpace(text))
	if lists[list] == nil || !isKnown || err != nil || quantity.Sign() <= 0 {
		return fmt.Errorf("%q is not a quantity by name; write for example %s", part, exampleSidecarResources)
	}
	lists[list][corev1.ResourceName(name)] = quantity
	return nil
}

// checkSidecarResources returns an error that names each quantity that is missing or with which pods or sidecars could not start.
func checkSidecarResources(resources *corev1.ResourceRequirements) error {
	var problems []error
	for _, required := range []struct {
		list corev1.ResourceList
		kind string
		name corev1.ResourceName
	}{
		{resources.Requests, "requests", corev1.ResourceCPU},
		{resources.Requests, "requests", corev1.ResourceMemory},
		{resources.Limits, "limits", corev1.ResourceMemory},
	} {
		if _, isSet := required.list[required.name]; !isSet {
			problems = append(problems, fmt.Errorf("%s.%s is missing", required.kind, required.name))
		}
	}
	for name, limit := range resources.Limits {
		if request, isSet := resources.Requests[name]; isSet && request.Cmp(limit) > 0 {
			problems = append(problems, fmt.Errorf("requests.%s is %s, above its limit %s", name, request.String(), limit.String()))
		}
	}
	if memory, isSet := resources.Limits[corev1.ResourceMemory]; isSet && memory.Cmp(resource.MustParse(minimumSidecarMemory)) < 0 {
		problems = append(problems, fmt.Errorf("limits.memory is %s; a sidecar needs at least %s", memory.String(), minimumSidecarMemory))
	}
	return errors.Join(problems...)
}
