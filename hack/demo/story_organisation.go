package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// showOwnRule shows that a module of the organisation's own is compiled before it is taken in, and takes a good one in for a moment.
func showOwnRule(ctx context.Context, s *stage) error {
	err := s.showRefused(ctx, []string{"package governance.retention is reserved", "organisation."},
		"apply", "-f", "config/samples/organisation/reserved-package.yaml")
	if err != nil {
		return err
	}
	sample, err := os.ReadFile(filepath.Join(s.root, "config/samples/organisation/own-rule.yaml"))
	if err != nil {
		return err
	}
	policy, _, _ := strings.Cut(string(sample), "\n---\n")
	s.say("A good one, the GovernancePolicy of config/samples/organisation/own-rule.yaml:")
	if _, err := s.kubectlWith(ctx, policy, "apply", "-f", "-"); err != nil {
		return err
	}
	_, waited := s.kubectl(ctx, "wait", "--for=condition=Ready", "--timeout=60s", "governancepolicy/house")
	shown, err := s.show(ctx, "get", "governancepolicies")
	_, deleted := s.kubectl(ctx, "delete", "governancepolicy/house")
	return errors.Join(waited, err, deleted, contains(shown, "house", "Quarantine", "True"))
}

// approveException lets a chatbot pass for a while: one asks, another approves.
func approveException(ctx context.Context, s *stage) error {
	for _, who := range [][]string{{"shop-team", "chatbot-editor"}, {"privacy-office", "chaperone-exception-approver"}} {
		if _, err := s.show(ctx, "create", "rolebinding", who[0], "-n", "shop", "--clusterrole="+who[1], "--user="+who[0]); err != nil {
			return err
		}
	}
	s.say("$ kubectl apply --as=shop-team -f -\n%s", s.exception())
	// The right comes into force a moment later.
	err := waitFor(ctx, "the exception", func() error {
		out, err := s.kubectlWith(ctx, s.exception(), "apply", "--as=shop-team", "-f", "-")
		if err == nil {
			s.say("%s", out)
		}
		return err
	})
	if err != nil {
		return err
	}
	approve := func(who string) []string {
		return []string{"annotate", "--as=" + who, "-n", "shop", "policyexception", "migration", "chaperone.dev/approved-by=me"}
	}
	if err := s.showRefused(ctx, []string{"cannot approve it"}, approve("shop-team")...); err != nil {
		return err
	}
	if _, err := s.show(ctx, approve("privacy-office")...); err != nil {
		return err
	}
	// The cache of the webhooks has it a moment later.
	err = waitFor(ctx, "the chatbot", func() error {
		out, err := s.kubectl(ctx, "apply", "-f", "config/samples/retention-ten-years.yaml")
		if err == nil {
			s.say("$ kubectl apply -f config/samples/retention-ten-years.yaml\n%s", out)
			err = contains(out, "Waived by PolicyException migration")
		}
		return err
	})
	if err != nil {
		return err
	}
	shown, err := s.show(ctx, "get", "policyexceptions", "-n", "shop", "-o", "custom-columns="+
		`NAME:.metadata.name,EXPIRES:.spec.expires,REQUESTED BY:.metadata.annotations.chaperone\.dev/requested-by,APPROVED BY:.metadata.annotations.chaperone\.dev/approved-by`)
	_, deleted := s.kubectl(ctx, "delete", "-n", "shop", "policyexception/migration", "cbd/retention-ten-years")
	return errors.Join(err, deleted, contains(shown, "shop-team", "privacy-office"))
}

// exception waives for a month, from whatever day it is.
func (s *stage) exception() string {
	expires := time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly)
	return strings.TrimSpace(fmt.Sprintf(`
apiVersion: chaperone.dev/v1alpha1
kind: PolicyException
metadata: {name: migration, namespace: shop}
spec:
  chatbot: retention-ten-years
  inAdvance: true             # the chatbot is yet to come: it is refused without this
  rules: [retention.justifyAbove]
  reason: The old archive cannot delete single transcripts yet.
  ticket: SHOP-1
  compensatingControl: Access to the archive needs two people.
  expires: %q`, expires))
}
