package webhook

import (
	"context"
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/review"
)

// No later check reviews a connection, so the webhook of connections fails closed: while Chaperone is down, no user gets a shell in an
// enforced namespace (docs/adr/0006-what-fails-open.md).
//
// +kubebuilder:rbac:groups="",resources=services,verbs=get

// connectionValidator reviews the connections that users open through the API server to pods of chatbots: exec, attach, port-forward and
// proxy.
type connectionValidator struct{ reviewers }

var _ admission.Handler = (*connectionValidator)(nil)

// Handle responds to a CONNECT to a pod or a Service. The request has only the options of the connection, so Handle reads the pod or the
// Service.
func (v *connectionValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	named, err := decodeTarget(req)
	if err != nil {
		return respondUnreadable(err)
	}
	connection, scope, err := v.readConnection(ctx, req.Namespace, named)
	if err != nil {
		return respondRefused(refuseUnknownTarget(named.kind(), req.Namespace+"/"+named.name, err))
	}
	result, err := v.reviewer.Connection(ctx, scope, connection)
	if err != nil {
		return respondRefused(refuseUngovernable(err))
	}
	subject := fmt.Sprintf("%s of %s %q", req.SubResource, named.kind(), req.Namespace+"/"+named.name)
	return v.respond(ctx, req, subject, result)
}

// target is the pod or the Service to which a connection leads, as the request names it.
type target struct {
	// subresource is exec, attach, portforward or proxy.
	subresource string
	// name is the name of the Service if isService is true, else that of the pod.
	name      string
	isService bool
	// container is the container that exec and attach name; empty when they name none.
	container string
	// port is the number or name of the port in a proxy request (`pods/NAME:PORT/proxy`); empty when the request has none.
	port string
}

func (t target) kind() string {
	if t.isService {
		return "Service"
	}
	return "Pod"
}

// decodeTarget returns the target of a CONNECT request. The error says why the request cannot be reviewed.
func decodeTarget(req admission.Request) (target, error) {
	if req.Operation != admissionv1.Connect {
		return target{}, fmt.Errorf("operation %q of connections is not reviewed here", req.Operation)
	}
	decoded := target{subresource: req.SubResource, name: req.Name, isService: req.Resource.Resource == "services"}
	switch req.Resource.Resource + "/" + req.SubResource {
	case "pods/exec", "pods/attach":
		var options struct {
			Container string `json:"container"`
		}
		if err := utiljson.Unmarshal(req.Object.Raw, &options); err != nil {
			return target{}, fmt.Errorf("object: decode options: %w", err)
		}
		decoded.container = options.Container
	case "pods/portforward":
		// The rules about port-forward do not read its options.
	case "pods/proxy", "services/proxy":
		var valid bool
		if _, decoded.name, decoded.port, valid = utilnet.SplitSchemeNamePort(req.Name); !valid {
			return target{}, fmt.Errorf("the name %q is not of the form [scheme:]name[:port]", req.Name)
		}
	default:
		return target{}, fmt.Errorf("connections to %s/%s are not reviewed here", req.Resource.Resource, req.SubResource)
	}
	if decoded.name == "" {
		return target{}, errors.New("the request names no object")
	}
	return decoded, nil
}

// readConnection returns the connection to the named target, with the Service or the labels of the pod, and the scope of its review.
func (v *connectionValidator) readConnection(
	ctx context.Context, namespace string, named target,
) (connection review.Connection, scope review.Scope, err error) {
	connection = review.Connection{Subresource: named.subresource, Container: named.container, Port: named.port}
	key := client.ObjectKey{Namespace: namespace, Name: named.name}
	if named.isService {
		if connection.Service, err = v.cluster.readService(ctx, key); err != nil {
			return connection, scope, err
		}
		scope, err = v.cluster.readBackendScope(ctx, namespace)
		return connection, scope, err
	}
	if connection.PodLabels, err = v.cluster.readPodLabels(ctx, key); err != nil {
		return connection, scope, err
	}
	scope, err = v.cluster.readScope(ctx, namespace)
	return connection, scope, err
}
