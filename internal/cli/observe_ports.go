package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/kubernetes"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// otherPorts are the ports of the pods besides those on which people chat.
type otherPorts struct {
	// Closed are the ports that the declaration neither governs nor opens, such as `9090 (metrics)`. AreClosed is true if the NetworkPolicy of the
	// chatbot closes them now; otherwise, Deny would.
	Closed    []string `json:"closed"`
	AreClosed bool     `json:"areClosed"`
	// Open are the names of the ports that the declaration opens.
	Open []string `json:"open"`
	// Unknown says why the ports are not known; empty if they are.
	Unknown string `json:"unknown,omitempty"`
}

// readOtherPorts returns the ports of the pods besides those on which people chat.
func (c *observeCommand) readOtherPorts(ctx context.Context, client kubernetes.Interface, chatbot string, pods []*corev1.Pod) otherPorts {
	found := otherPorts{Closed: []string{}, Open: []string{}}
	declaration, err := c.readDeclaration(ctx, client, chatbot)
	if err != nil {
		found.Unknown = err.Error()
		return found
	}
	found.Open = append(found.Open, inject.ListOpenPorts(declaration)...)
	condition := meta.FindStatusCondition(declaration.Status.Conditions, v1alpha1.ConditionSidecarConfigured)
	found.AreClosed = condition != nil && condition.Reason == v1alpha1.ReasonConfigured
	template := inject.Template(declaration, anySidecarImage, "")
	for _, pod := range pods {
		workload := facts.NewWorkload(inject.NewWorkloadInput(pod, declaration, policy.Verdict{}, template))
		for _, port := range workload.Declaration.OtherPorts {
			found.Closed = append(found.Closed, port.String())
		}
	}
	slices.Sort(found.Closed)
	found.Closed = slices.Compact(found.Closed)
	return found
}

// readDeclaration reads the declaration of the chatbot.
func (c *observeCommand) readDeclaration(ctx context.Context, client kubernetes.Interface, chatbot string) (*v1alpha1.ChatbotDeployment, error) {
	path := fmt.Sprintf("/apis/%s/namespaces/%s/chatbotdeployments/%s", v1alpha1.GroupVersion, c.cluster.namespace, chatbot)
	body, err := client.CoreV1().RESTClient().Get().AbsPath(path).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read ChatbotDeployment %s: %w", chatbot, err)
	}
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := json.Unmarshal(body, declaration); err != nil {
		return nil, fmt.Errorf("read ChatbotDeployment %s: %w", chatbot, err)
	}
	return declaration, nil
}

// writeOtherPorts writes which ports Deny closes, and which stay open around the sidecar. It writes nothing if there are none.
func writeOtherPorts(w io.Writer, ports otherPorts) {
	if ports.Unknown != "" {
		_, _ = fmt.Fprintf(w, "Which ports Deny closes is not known: %s\n", ports.Unknown)
		return
	}
	if len(ports.Closed) > 0 {
		verb := "Deny would close"
		if ports.AreClosed {
			verb = "The NetworkPolicy closes"
		}
		_, _ = fmt.Fprintf(w, "%s these ports of the pods: %s. Add the name of a port that others call, such as one for metrics, to spec.openPorts.\n",
			verb, strings.Join(ports.Closed, ", "))
	}
	if len(ports.Open) > 0 {
		_, _ = fmt.Fprintf(w, "Open besides, as spec.openPorts declares, and not read by the sidecar: %s.\n", strings.Join(ports.Open, ", "))
	}
}
