package webhook

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// breakGlassVerb is a virtual verb on ChatbotDeployments. In an emergency, a user who has it on a ChatbotDeployment may connect to its pods
// and add ephemeral containers, where the policy denies this to others. Not even this user may exec into the sidecar or attach to it. The
// ClusterRole chaperone-break-glass grants the verb (config/rbac/users.yaml).
const breakGlassVerb = "breakglass"

// mayBreakGlass reports whether the user of the request has breakGlassVerb on all the chatbots. These are names of ChatbotDeployments of
// the request's namespace, which need not exist: a pod can claim a chatbot without a declaration. It costs a request to the API server for
// each chatbot, so callers use it only if a review denies what break-glass would allow.
func (c *cluster) mayBreakGlass(ctx context.Context, req admission.Request, chatbots []string) (bool, error) {
	for _, chatbot := range chatbots {
		allowed, err := c.isAllowed(ctx, req.UserInfo, authorizationv1.ResourceAttributes{
			Namespace: req.Namespace, Name: chatbot, Verb: breakGlassVerb, Resource: "chatbotdeployments",
		})
		if err != nil {
			return false, fmt.Errorf("check the verb %s on ChatbotDeployment %q: %w", breakGlassVerb, req.Namespace+"/"+chatbot, err)
		}
		if !allowed {
			return false, nil
		}
	}
	return true, nil
}
