package chatbot

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// wanted is what the cluster should hold for a declaration.
type wanted struct {
	// objects to have; nil ones are left as they are.
	objects objects
	// config is what the ConfigMap holds; zero when objects are left as they are.
	config sidecarconfig.Config
	// held says why objects are left as they are; zero when they are not.
	held stall
}

// plan returns what the cluster should hold. Objects are left as they are
//   - while the selector cannot be used or no decision was reached: nothing is known to be better than what is there;
//   - while the declaration is denied: running pods keep the configuration that complied, new pods are refused at admission.
//     The kill switch works all the same;
//   - when no configuration can be made that the sidecar would accept: the previous one stays active.
func plan(found observation, verdict policy.Verdict, render Renderer) wanted {
	switch {
	case found.stalled.reason != "":
		return wanted{held: stall{found.stalled.reason, "Left as it is until spec.selector is changed."}}
	case verdict.Outcome == policy.OutcomeDeny && !found.declaration.Spec.Suspended:
		return wanted{held: stall{v1alpha1.ReasonNotCompliant,
			"Left as it is: the declaration is denied. Running pods keep the configuration that they have; new pods are refused."}}
	case undecided(verdict):
		return wanted{held: stall{v1alpha1.ReasonUndecided, "Left as it is: no decision was reached."}}
	}
	config, data, err := configuration(found.declaration, verdict, render)
	if err != nil {
		return wanted{held: stall{v1alpha1.ReasonRenderFailed,
			fmt.Sprintf("No configuration could be made that the sidecar accepts; the previous one stays active: %v", err)}}
	}
	return wanted{config: config, objects: objects{
		configMap:     configMap(found.declaration, data, config.Revision),
		networkPolicy: networkPolicy(found.declaration),
	}}
}

// undecided reports whether no decision was reached, whatever the outcome is called.
func undecided(verdict policy.Verdict) bool {
	return verdict.Refuses() && verdict.Outcome != policy.OutcomeDeny
}

// configuration renders the configuration and reads it as the sidecar will.
func configuration(d *v1alpha1.ChatbotDeployment, verdict policy.Verdict, render Renderer) (sidecarconfig.Config, []byte, error) {
	config, err := render(d, verdict)
	if err != nil {
		return sidecarconfig.Config{}, nil, fmt.Errorf("render: %w", err)
	}
	data, err := config.Marshal()
	if err != nil {
		return sidecarconfig.Config{}, nil, fmt.Errorf("encode: %w", err)
	}
	config, err = sidecarconfig.Parse(data)
	if err != nil {
		return sidecarconfig.Config{}, nil, fmt.Errorf("parse: %w", err)
	}
	return config, data, nil
}

func configMap(d *v1alpha1.ChatbotDeployment, data []byte, revision string) *corev1.ConfigMap {
	meta := ownedMeta(d)
	meta.Annotations = map[string]string{
		v1alpha1.AnnotationConfigHash:     sidecarconfig.Hash(data),
		v1alpha1.AnnotationPolicyRevision: revision,
	}
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta,
		Data:       map[string]string{inject.ConfigKey: string(data)},
	}
}

// networkPolicy lets traffic reach the declared pods at the sidecar's ports only, where the network plugin enforces policies.
// Egress is left open in this version: the pod may call any host past the sidecar, so no more is claimed than that traffic
// through the declared ports is governed.
func networkPolicy(d *v1alpha1.ChatbotDeployment) *networkingv1.NetworkPolicy {
	ports := make([]networkingv1.NetworkPolicyPort, 0, len(d.Spec.Ports)+1)
	for i := range d.Spec.Ports {
		ports = append(ports, tcp(inject.IngressPort(i)))
	}
	ports = append(ports, tcp(inject.AdminPort))
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: ownedMeta(d),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: *d.Spec.Selector.DeepCopy(),
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{Ports: ports}},
		},
	}
}

func tcp(port int32) networkingv1.NetworkPolicyPort {
	return networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(intstr.FromInt32(port))}
}

func ownedMeta(d *v1alpha1.ChatbotDeployment) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: d.Namespace,
		Name:      inject.ConfigMapName(d.Name),
		Labels:    map[string]string{contract.LabelManagedBy: contract.ManagedBy, v1alpha1.LabelChatbot: d.Name},
		OwnerReferences: []metav1.OwnerReference{
			*metav1.NewControllerRef(d, v1alpha1.GroupVersion.WithKind("ChatbotDeployment")),
		},
	}
}
