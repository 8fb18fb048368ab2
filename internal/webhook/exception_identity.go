package webhook

import (
	"context"
	"fmt"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
)

// way is one in which a user can act as another one: the right that it takes, in words too.
type way struct {
	text  string
	right authorizationv1.ResourceAttributes
}

// podMakers are the group and the resource of what makes pods, and with them a token of any service account of the namespace.
var podMakers = [][2]string{
	{"", "pods"}, {"", "replicationcontrollers"}, {"apps", "deployments"}, {"apps", "replicasets"}, {"apps", "statefulsets"}, {"apps", "daemonsets"},
	{"batch", "jobs"}, {"batch", "cronjobs"},
}

// listWays returns the ways in which another user can act as the user with the name, which may be that of a service account. The rights are
// those of Kubernetes; what other programs do with a service account, for example a pipeline whose repository a user may write, is not known.
func listWays(user string) []way {
	namespace, account, isAccount := strings.Cut(strings.TrimPrefix(user, serviceAccountPrefix), ":")
	if !isAccount || !strings.HasPrefix(user, serviceAccountPrefix) {
		return []way{{"impersonate it", authorizationv1.ResourceAttributes{Verb: "impersonate", Resource: "users", Name: user}}}
	}
	ways := []way{
		{"impersonate it", authorizationv1.ResourceAttributes{Verb: "impersonate", Namespace: namespace, Resource: "serviceaccounts", Name: account}},
		{"create tokens for it", authorizationv1.ResourceAttributes{Verb: "create", Namespace: namespace, Resource: "serviceaccounts", Subresource: "token", Name: account}},
		{"open a shell in its pods", authorizationv1.ResourceAttributes{Verb: "create", Namespace: namespace, Resource: "pods", Subresource: "exec"}},
	}
	for _, maker := range podMakers {
		ways = append(ways, way{"run pods as it", authorizationv1.ResourceAttributes{Verb: "create", Namespace: namespace, Group: maker[0], Resource: maker[1]}})
	}
	return ways
}

// findWay returns, in words, how the user can act as the other one; "" if the user cannot. Who may do everything in the cluster can also take
// Chaperone away, and in many clusters nobody else approves, so for these findWay returns "".
func (c *cluster) findWay(ctx context.Context, user authenticationv1.UserInfo, other string) (string, error) {
	for _, w := range listWays(other) {
		allowed, err := c.hasRight(ctx, user, w.right)
		if err != nil {
			return "", fmt.Errorf("check whether %q may act as %q: %w", user.Username, other, err)
		}
		if !allowed {
			continue
		}
		mayAll, err := c.hasRight(ctx, user, authorizationv1.ResourceAttributes{Verb: "*", Group: "*", Resource: "*"})
		if err != nil {
			return "", fmt.Errorf("check whether %q may do everything: %w", user.Username, err)
		}
		if mayAll {
			return "", nil
		}
		return w.text, nil
	}
	return "", nil
}

// checkSeparation refuses an approval by somebody who can act as the requester, or as whom the requester can act. Of the requester, only the name is
// known, and of its groups those that a service account has by its name.
func (c *cluster) checkSeparation(ctx context.Context, approver authenticationv1.UserInfo, requester string) error {
	text, err := c.findWay(ctx, approver, requester)
	if err != nil {
		return refuseUndecided(err)
	}
	if text != "" {
		return refuse(approvalAsRequester, requester, text)
	}
	if text, err = c.findWay(ctx, newUserInfo(requester), approver.Username); err != nil {
		return refuseUndecided(err)
	}
	if text != "" {
		return refuse(approvalByProxy, requester, text)
	}
	return nil
}

// newUserInfo returns what is known of a user by the name alone.
func newUserInfo(name string) authenticationv1.UserInfo {
	groups := []string{"system:authenticated"}
	if rest, isAccount := strings.CutPrefix(name, serviceAccountPrefix); isAccount {
		namespace, _, _ := strings.Cut(rest, ":")
		groups = append(groups, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
	}
	return authenticationv1.UserInfo{Username: name, Groups: groups}
}
