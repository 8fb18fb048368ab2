package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// endpointsValidator reviews Endpoints and EndpointSlices that users write by hand, so that a Service without a selector leads to the
// address of a governed pod. The API server sends none that its own controllers write (registration). The webhook fails open
// (docs/adr/0108-other-ways-in-the-network.md).
type endpointsValidator struct{ reviewers }

var _ admission.Handler = (*endpointsValidator)(nil)

// Handle responds to a CREATE or UPDATE of Endpoints or an EndpointSlice. Those without an address of a governed pod, such as those of a
// database outside the cluster, are permitted.
func (v *endpointsValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	endpoints, _, err := decodeBoth(req, "endpoints", decodeEndpoints)
	if err != nil {
		return respondUnreadable(err)
	}
	governed, err := v.cluster.readGovernedAddresses(ctx, req.Namespace)
	if err != nil {
		// As while Chaperone is down: most endpoints are those of databases, and a governed port is closed to others.
		logf.FromContext(ctx).Info("Admitted endpoints without a review", "reason", err.Error())
		return permit()
	}
	scope, err := v.cluster.readScope(ctx, req.Namespace)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	result := v.reviewer.Endpoints(ctx, scope, endpoints.sets, governed)
	return v.respond(ctx, req, fmt.Sprintf("%s %q", endpoints.kind, req.Namespace+"/"+endpoints.name), result)
}

// namedEndpoints are the endpoints of an object, with the kind and the name that messages use for it.
type namedEndpoints struct {
	kind, name string
	sets       []review.EndpointSet
}

// endpointsObject has what is read of Endpoints, whose addresses are in subsets, or of an EndpointSlice.
type endpointsObject struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name         string `json:"name"`
		GenerateName string `json:"generateName"`
	} `json:"metadata"`
	Subsets []struct {
		Addresses         []endpointAddress `json:"addresses"`
		NotReadyAddresses []endpointAddress `json:"notReadyAddresses"`
		Ports             []endpointPort    `json:"ports"`
	} `json:"subsets"`
	Endpoints []struct {
		Addresses []string `json:"addresses"`
	} `json:"endpoints"`
	Ports []endpointPort `json:"ports"`
}

type endpointAddress struct {
	IP string `json:"ip"`
}

type endpointPort struct {
	// Port is nil for all ports.
	Port     *int32          `json:"port"`
	Protocol corev1.Protocol `json:"protocol"`
}

// decodeEndpoints decodes the JSON of Endpoints or of an EndpointSlice.
func decodeEndpoints(raw []byte) (namedEndpoints, error) {
	var object endpointsObject
	if err := utiljson.Unmarshal(raw, &object); err != nil {
		return namedEndpoints{}, fmt.Errorf("decode endpoints: %w", err)
	}
	named := namedEndpoints{kind: object.Kind, name: cmp.Or(object.Metadata.Name, object.Metadata.GenerateName)}
	for i, subset := range object.Subsets {
		set := review.EndpointSet{Ports: listTargets(fmt.Sprintf("subsets[%d].ports", i), subset.Ports)}
		for _, address := range slices.Concat(subset.Addresses, subset.NotReadyAddresses) {
			set.Addresses = append(set.Addresses, address.IP)
		}
		named.sets = append(named.sets, set)
	}
	slice := review.EndpointSet{Ports: listTargets("ports", object.Ports)}
	for _, endpoint := range object.Endpoints {
		slice.Addresses = append(slice.Addresses, endpoint.Addresses...)
	}
	named.sets = append(named.sets, slice)
	return named, nil
}

// listTargets returns the TCP ports, with the number 0 for all ports. field is the JSON path of the list. An entry without a number stands
// for all ports, and an empty list for none (Kubernetes: type EndpointSlice of discovery.k8s.io); kube-proxy leads to neither.
func listTargets(field string, ports []endpointPort) []facts.Target {
	var targets []facts.Target
	for i, port := range ports {
		if port.Protocol == "" || port.Protocol == corev1.ProtocolTCP {
			targets = append(targets, facts.Target{Field: fmt.Sprintf("%s[%d].port", field, i), Number: ptr.Deref(port.Port, 0)})
		}
	}
	return targets
}

// readGovernedAddresses returns the chatbot of each pod of the namespace that has the label chaperone.dev/chatbot, by the addresses of the
// pod. It asks the API server: the cache holds only the metadata of pods, and endpoints are seldom written by hand. Pods with the addresses
// of their node are left out: others listen there too.
func (c *cluster) readGovernedAddresses(ctx context.Context, namespace string) (map[netip.Addr]string, error) {
	var pods corev1.PodList
	if err := c.live.List(ctx, &pods, client.InNamespace(namespace), client.HasLabels{v1alpha1.LabelChatbot}); err != nil {
		return nil, fmt.Errorf("list governed pods of namespace %q: %w", namespace, err)
	}
	governed := map[netip.Addr]string{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		// The address of a pod that has ended can be that of another pod by now.
		if pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		for _, ip := range pod.Status.PodIPs {
			if address, err := netip.ParseAddr(ip.IP); err == nil {
				governed[address.Unmap()] = pod.Labels[v1alpha1.LabelChatbot]
			}
		}
	}
	return governed, nil
}
