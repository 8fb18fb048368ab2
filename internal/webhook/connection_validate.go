package webhook

import (
	"context"
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// A connection is judged last here, so this fails closed: while Chaperone is down nobody gets a shell in an enforced namespace
// (docs/adr/0006-what-fails-open.md). Services are read one at a time when somebody proxies to one: a cache of all would cost
// memory for a question that is hardly ever asked.
//
// +kubebuilder:rbac:groups="",resources=services,verbs=get

// connectionValidator judges what is opened through the API server to pods of chatbots.
type connectionValidator struct{ decide *decider }

var _ admission.Handler = (*connectionValidator)(nil)

// Handle answers a CONNECT to a pod or a Service. The request has the options of the connection, not the object: it is looked up.
func (v *connectionValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	asked, err := readConnection(req)
	if err != nil {
		return unreadable(err)
	}
	in, chatbots, err := v.leads(ctx, req.Namespace, asked)
	if err != nil {
		return ungovernable("metadata.labels", err)
	}
	if len(chatbots) == 0 {
		return permitted()
	}
	in = in.For(chatbots, v.decide.clock.Now())
	verdict, broken := v.decide.orBreakGlass(ctx, req, chatbotNames(chatbots), func(breakGlass bool) policy.Verdict {
		with := in
		with.BreakGlass = breakGlass
		return bounded(ctx, v.decide.engine.Revision(), with.AsOf, func() policy.Verdict { return v.decide.engine.Connection(ctx, with) })
	})
	subject := fmt.Sprintf("%s of %s %q", req.SubResource, asked.kind(), req.Namespace+"/"+asked.name)
	return answerBroken(ctx, subject, verdict, chatbotNames(chatbots), broken)
}

// connection is what a request asks for.
type connection struct {
	subresource string
	// name of the pod, or of the Service.
	name    string
	service bool
	// container that exec and attach name, port that a proxy names; empty when they name none.
	container, port string
}

func (c connection) kind() string {
	if c.service {
		return "Service"
	}
	return "Pod"
}

func readConnection(req admission.Request) (connection, error) {
	if req.Operation != admissionv1.Connect {
		return connection{}, fmt.Errorf("operation %q of connections is not judged here", req.Operation)
	}
	asked := connection{subresource: req.SubResource, name: req.Name, service: req.Resource.Resource == "services"}
	switch req.Resource.Resource + "/" + req.SubResource {
	case "pods/exec", "pods/attach":
		var options struct {
			Container string `json:"container"`
		}
		if err := utiljson.Unmarshal(req.Object.Raw, &options); err != nil {
			return connection{}, fmt.Errorf("object: decode options: %w", err)
		}
		asked.container = options.Container
	case "pods/portforward":
	case "pods/proxy", "services/proxy":
		var valid bool
		if _, asked.name, asked.port, valid = utilnet.SplitSchemeNamePort(req.Name); !valid {
			return connection{}, fmt.Errorf("the name %q is not of the form [scheme:]name[:port]", req.Name)
		}
	default:
		return connection{}, fmt.Errorf("connections to %s/%s are not judged here", req.Resource.Resource, req.SubResource)
	}
	if asked.name == "" {
		return connection{}, errors.New("the request names no object")
	}
	return asked, nil
}

// leads finds the chatbots to whose pods the connection leads, none when it is nobody's, and where a proxy leads there. Errors:
// *absentError; *overlapError; a lookup that failed; a stored selector that is invalid.
func (v *connectionValidator) leads(ctx context.Context, namespace string, asked connection) (facts.ConnectionInput, []facts.Chatbot, error) {
	in := facts.ConnectionInput{Kind: asked.subresource, Container: asked.container}
	key := client.ObjectKey{Namespace: namespace, Name: asked.name}
	if !asked.service {
		in.Targets = facts.ResolvePodTargets(asked.port)
		chatbots, err := v.decide.ofPod(ctx, key)
		return in, chatbots, err
	}
	service := &corev1.Service{}
	if err := v.decide.live.Get(ctx, key, service); err != nil {
		return in, nil, lookupError("Service", key, err)
	}
	in.Targets = facts.ResolveServiceTargets(service, asked.port)
	chatbots, err := v.decide.behind(ctx, namespace, service)
	return in, chatbots, err
}

// ofPod returns the chatbot that the pod belongs to, none when nobody governs it. A pod that the cache does not have may be new:
// the API server is asked.
func (d *decider) ofPod(ctx context.Context, key client.ObjectKey) ([]facts.Chatbot, error) {
	pod := &metav1.PartialObjectMetadata{}
	pod.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
	err := d.reader.Get(ctx, key, pod)
	if apierrors.IsNotFound(err) {
		err = d.live.Get(ctx, key, pod)
	}
	if err != nil {
		return nil, lookupError("Pod", key, err)
	}
	claimed := claim(pod.Labels)
	declaration, err := d.governing(ctx, key.Namespace, pod.Labels, ptr.Deref(claimed, ""))
	switch {
	case err != nil:
		return nil, err
	case declaration != nil:
		return []facts.Chatbot{d.chatbot(ctx, declaration.Name, declaration)}, nil
	case claimed != nil:
		return []facts.Chatbot{d.chatbot(ctx, *claimed, nil)}, nil
	}
	return nil, nil
}

// absentError says that the object of a connection does not exist, so that nobody can say whose it is.
type absentError struct{ kind, name string }

func (e *absentError) Error() string {
	return fmt.Sprintf("%s %q is not found, so nobody can say whether a chatbot runs there: check the name, and try again when it is there", e.kind, e.name)
}

func lookupError(kind string, key client.ObjectKey, err error) error {
	if apierrors.IsNotFound(err) {
		return &absentError{kind, key.String()}
	}
	return fmt.Errorf("read %s %q: %w", kind, key.String(), err)
}

func chatbotNames(chatbots []facts.Chatbot) []string {
	names := make([]string, 0, len(chatbots))
	for _, chatbot := range chatbots {
		names = append(names, chatbot.Name)
	}
	return names
}
