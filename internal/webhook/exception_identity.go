package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// way is one in which a user can act as another one, in words, with the rights that it takes. In the text, %[1]s stands for the other one (it, you), and
// %[2]s for what belongs to that one (its, your).
type way struct {
	text string
	// right is needed, and one of the others with it; without others, it is enough.
	right  authorizationv1.ResourceAttributes
	others []authorizationv1.ResourceAttributes
}

// podMaker is what makes pods, and with them a token of any service account of the namespace. The pods of what changes are made by another template.
type podMaker struct {
	group, resource string
	changes         bool
}

// podMakers are those of Kubernetes. The template of a Job cannot be changed.
var podMakers = []podMaker{
	{"", "pods", false}, {"apps", "deployments", true}, {"batch", "jobs", false}, {"batch", "cronjobs", true}, {"apps", "statefulsets", true},
	{"apps", "daemonsets", true}, {"apps", "replicasets", true}, {"", "replicationcontrollers", true},
}

// strongRoles are the roles of Kubernetes whose users can act as the service accounts of a namespace.
var strongRoles = []string{"edit", "admin", "cluster-admin"}

// rightsAtOnce is how many rights of a user are asked about at the same time. About a service account there are about forty, and the API server may
// ask another program about each.
const rightsAtOnce = 8

// listWays returns the ways in which another user can write exceptions of the namespace as the user with the name, which may be that of a service
// account. The rights are those of Kubernetes; what other programs do with a service account, for example a pipeline whose repository a user may
// write, is not known.
func listWays(user, namespace string) []way {
	home, account, isAccount := strings.Cut(strings.TrimPrefix(user, serviceAccountPrefix), ":")
	if !isAccount || !strings.HasPrefix(user, serviceAccountPrefix) {
		return listImpersonations("user-info", namespace, authorizationv1.ResourceAttributes{Resource: "users", Name: user})
	}
	ways := listImpersonations("serviceaccount", namespace, authorizationv1.ResourceAttributes{Namespace: home, Resource: "serviceaccounts", Name: account})
	add := func(text string, right authorizationv1.ResourceAttributes, verbs ...string) {
		right.Namespace = home
		for _, right.Verb = range verbs {
			ways = append(ways, way{text: text, right: right})
		}
	}
	add("create tokens for %[1]s", authorizationv1.ResourceAttributes{Resource: "serviceaccounts", Subresource: "token", Name: account}, "create")
	add("read %[2]s tokens", authorizationv1.ResourceAttributes{Resource: "secrets"}, "get", "list", "watch")
	for _, maker := range podMakers {
		add("run pods as %[1]s", authorizationv1.ResourceAttributes{Group: maker.group, Resource: maker.resource}, "create")
	}
	for _, subresource := range []string{"exec", "attach"} {
		// API servers before Kubernetes 1.35 ask for get only, if the connection is a WebSocket.
		add("open a shell in %[2]s pods", authorizationv1.ResourceAttributes{Resource: "pods", Subresource: subresource}, "create", "get")
	}
	add("add containers to %[2]s pods", authorizationv1.ResourceAttributes{Resource: "pods", Subresource: "ephemeralcontainers"}, "update", "patch")
	add("change the images of %[2]s pods", authorizationv1.ResourceAttributes{Resource: "pods"}, "update", "patch")
	for _, maker := range podMakers {
		if maker.changes {
			add("run pods as %[1]s", authorizationv1.ResourceAttributes{Group: maker.group, Resource: maker.resource}, "update", "patch")
		}
	}
	return append(ways, listGrants(home)...)
}

// listGrants returns the ways to have such rights in the namespace for as long as a request takes: to grant them, and to write more into a role than
// one has, which may be a role that is granted already. API servers check both rights on each write of a binding or a role (docs/adr/0125).
func listGrants(namespace string) []way {
	var ways []way
	for _, level := range []struct{ namespace, bindings, roles string }{
		{namespace, "rolebindings", "roles"},
		{"", "clusterrolebindings", "clusterroles"},
	} {
		right := authorizationv1.ResourceAttributes{Namespace: level.namespace, Group: rbacv1.GroupName}
		bind, escalate := right, right
		bind.Verb, bind.Resource = "bind", "clusterroles"
		for _, bind.Name = range strongRoles {
			ways = append(ways, way{"grant the role " + bind.Name + " in %[2]s namespace", bind, withVerbs(right, level.bindings, writeVerbs...)})
		}
		escalate.Verb, escalate.Resource = "escalate", level.roles
		ways = append(ways, way{"write any rights into " + level.roles + " that hold in %[2]s namespace", escalate, withVerbs(right, level.roles, writeVerbs...)})
	}
	return ways
}

// writeVerbs are the verbs by which objects get their content.
var writeVerbs = []string{"create", "update", "patch"}

// withVerbs returns the right for the resource, once with each of the verbs.
func withVerbs(right authorizationv1.ResourceAttributes, resource string, verbs ...string) []authorizationv1.ResourceAttributes {
	var rights []authorizationv1.ResourceAttributes
	right.Resource = resource
	for _, right.Verb = range verbs {
		rights = append(rights, right)
	}
	return rights
}

// listImpersonations returns the ways to impersonate: for everything, or for writes of exceptions only (constrained impersonation, KEP-5284), in
// the mode for this kind of users.
func listImpersonations(mode, namespace string, user authorizationv1.ResourceAttributes) []way {
	const text = "impersonate %[1]s"
	unlimited, limited := user, user
	unlimited.Verb = "impersonate"
	limited.Verb, limited.Group = "impersonate:"+mode, authenticationv1.GroupName
	var writes []authorizationv1.ResourceAttributes
	for _, verb := range writeVerbs {
		writes = append(writes, authorizationv1.ResourceAttributes{
			Verb: "impersonate-on:" + mode + ":" + verb, Namespace: namespace, Group: v1alpha1.GroupVersion.Group, Resource: "policyexceptions",
		})
	}
	return []way{{text: text, right: unlimited}, {text, limited, writes}}
}

// findWay returns the text of a way in which the user can write exceptions of the namespace as the other one; "" if there is none. Who may do
// everything in the cluster can also take Chaperone away, and in many clusters there are no other approvers, so for these findWay returns "".
func (c *cluster) findWay(ctx context.Context, user authenticationv1.UserInfo, other, namespace string) (string, error) {
	found, err := c.findFirst(ctx, user, listWays(other, namespace))
	if err != nil {
		return "", fmt.Errorf("check whether %q may act as %q: %w", user.Username, other, err)
	}
	if found == "" {
		return "", nil
	}
	mayAll, err := c.hasRight(ctx, user, authorizationv1.ResourceAttributes{Verb: "*", Group: "*", Resource: "*"})
	if err != nil {
		return "", fmt.Errorf("check whether %q may do everything: %w", user.Username, err)
	}
	if mayAll {
		return "", nil
	}
	return found, nil
}

// findFirst returns the text of the first of the ways for which the user has the rights; "" if there is none. It asks about rightsAtOnce at a time, and
// no further once one is found.
func (c *cluster) findFirst(ctx context.Context, user authenticationv1.UserInfo, ways []way) (string, error) {
	for some := range slices.Chunk(ways, rightsAtOnce) {
		isOpen := make([]bool, len(some))
		asked, ctx := errgroup.WithContext(ctx)
		for i, w := range some {
			asked.Go(func() (err error) {
				isOpen[i], err = c.isOpen(ctx, user, w)
				return err
			})
		}
		if err := asked.Wait(); err != nil {
			return "", err
		}
		if i := slices.Index(isOpen, true); i >= 0 {
			return some[i].text, nil
		}
	}
	return "", nil
}

// isOpen reports whether the user has the rights of the way. Of most ways, a user does not have the first right, so no more is asked.
func (c *cluster) isOpen(ctx context.Context, user authenticationv1.UserInfo, w way) (bool, error) {
	if allowed, err := c.hasRight(ctx, user, w.right); err != nil || !allowed || len(w.others) == 0 {
		return allowed, err
	}
	for _, right := range w.others {
		if allowed, err := c.hasRight(ctx, user, right); err != nil || allowed {
			return allowed, err
		}
	}
	return false, nil
}

// checkSeparation refuses an approval by a user who can act as the requester, or as whom the requester can act, as far as their
// rights of this moment say. Of the requester, the name is known, and the groups at the time of the request.
func (c *cluster) checkSeparation(ctx context.Context, e *v1alpha1.PolicyException, approver authenticationv1.UserInfo) *refusal {
	requester := e.Annotations[v1alpha1.AnnotationRequestedBy]
	text, err := c.findWay(ctx, approver, requester, e.Namespace)
	if err != nil {
		return refuseUndecided(err)
	}
	if text != "" {
		return refuse(approvalAsRequester, requester, fmt.Sprintf(text, "it", "its"))
	}
	if text, err = c.findWay(ctx, newRequester(e), approver.Username, e.Namespace); err != nil {
		return refuseUndecided(err)
	}
	if text != "" {
		return refuse(approvalByProxy, requester, fmt.Sprintf(text, "you", "your"))
	}
	return nil
}

// newRequester returns what is known of the user who requested the exception. The groups that every user has, and those that a service account has by
// its name, are added to the recorded ones: a request from before groups were recorded has none, or those that its author wrote.
func newRequester(e *v1alpha1.PolicyException) authenticationv1.UserInfo {
	requester := authenticationv1.UserInfo{Username: e.Annotations[v1alpha1.AnnotationRequestedBy]}
	var recorded []string
	if err := json.Unmarshal([]byte(e.Annotations[v1alpha1.AnnotationRequestedByGroups]), &recorded); err == nil {
		requester.Groups = recorded
	}
	requester.Groups = append(requester.Groups, "system:authenticated")
	if rest, isAccount := strings.CutPrefix(requester.Username, serviceAccountPrefix); isAccount {
		namespace, _, _ := strings.Cut(rest, ":")
		requester.Groups = append(requester.Groups, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
	}
	slices.Sort(requester.Groups)
	requester.Groups = slices.Compact(requester.Groups)
	return requester
}
