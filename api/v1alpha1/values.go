package v1alpha1

// Code is a code of the legal data, in either case: a jurisdiction (`eu`, `de`, `us-ca`) or a sector (`retail`). Chaperone refuses a code that
// the legal data does not have, and lists those that it has.
//
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^[a-zA-Z][a-zA-Z-]*[a-zA-Z]$`
type Code string

// PlaceCode is a country (ISO 3166-1 alpha-2) or a part of one (ISO 3166-2, such as `CA-QC`), in either case.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-zA-Z]{2}(-[a-zA-Z0-9]{1,3})?$')`,message="must be the code of a country, not its name: DE for Germany, GB for the United Kingdom (ISO 3166-1), or that of a part such as CA-QC (ISO 3166-2)"
type PlaceCode string

// RegionName is a value of the node label topology.kubernetes.io/region.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`
type RegionName string

// LanguageTag is a BCP 47 language tag.
//
// +kubebuilder:validation:MaxLength=35
// +kubebuilder:validation:Pattern=`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$`
type LanguageTag string

// Statement is a text of 1 to 1024 characters that people see, with a letter or a digit among them. It has no character that lets people see
// letters in another order than they are written: no override of the direction (U+202D, U+202E), and no embedding from right to left (U+202B,
// U+2067) without letters that are written so.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=1024
// +kubebuilder:validation:Pattern=`[^\P{L}\x{115F}\x{1160}\x{3164}\x{FFA0}]|\p{N}`
// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\x{202D}\\x{202E}]') && (!self.matches('[\\x{202B}\\x{2067}]') || self.matches('[\\p{Hebrew}\\p{Arabic}\\p{Syriac}\\p{Thaana}\\p{Nko}]'))`,message="must not have a character that changes the order in which people see the letters (U+202B, U+202D, U+202E, U+2067)"
type Statement string

// StatedReason says in a sentence why something of a declaration is so. One word is no reason. It has at least 12 characters, or 6 of a script in
// which a character says as much as several letters.
//
// +kubebuilder:validation:MinLength=6
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:XValidation:rule=`self.size() >= 12 && self.matches('(\\pL[^[:space:]]*[[:space:]]+[^\\pL]*){2}\\pL') || self.matches('([\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}\\p{Thai}\\p{Lao}\\p{Khmer}\\p{Myanmar}][^\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}\\p{Thai}\\p{Lao}\\p{Khmer}\\p{Myanmar}]*){6}')`,message="must say why in at least three words"
type StatedReason string

// URL is an absolute http or https URL of at most 2048 characters.
//
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
type URL string

// Contact is an e-mail address, a telephone number or a URL, of at most 320 characters, with a letter or a digit among them.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=320
// +kubebuilder:validation:Pattern=`[^\P{L}\x{115F}\x{1160}\x{3164}\x{FFA0}]|\p{N}`
type Contact string

// Word is a name of at most 63 lower-case letters, digits and dashes, such as `contact` or `eu-high-risk-database`.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
type Word string

// Date is a day in UTC, as an ISO date such as `2027-05-01`.
//
// +kubebuilder:validation:Format=date
type Date string

// Days is a number of days from 0 to 36525 (100 years).
//
// +kubebuilder:validation:Minimum=0
// +kubebuilder:validation:Maximum=36525
type Days int32

// HourOfDay is an hour of the day from 0 to 24; 0 is the midnight before the day, and 24 the one after it.
//
// +kubebuilder:validation:Minimum=0
// +kubebuilder:validation:Maximum=24
type HourOfDay int32

// HoursPerDay is a number of hours of one day, from 0 to 24.
//
// +kubebuilder:validation:Minimum=0
// +kubebuilder:validation:Maximum=24
type HoursPerDay int32

// ShapeName is the name of a shape: of a wire format that the sidecar reads, for example `openai-chat`.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9-]*$`
type ShapeName string

// ShapeParameter is the value of a parameter of a shape, such as a path.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._~/-]*$`
type ShapeParameter string

// Capacity is a capacity in which people use the chatbot.
//
// +kubebuilder:validation:Enum=consumers;businesses;employees;patients;pupils;residents;candidates;children
type Capacity string

// Access says who can reach the chatbot.
//
// +kubebuilder:validation:Enum=anyone;account;internal
type Access string

// Channel is a way in which people reach the chatbot.
//
// +kubebuilder:validation:Enum=web;mobile;voice;email;messaging
type Channel string

// RiskClass is a risk class in the words of the EU AI Act.
//
// +kubebuilder:validation:Enum=minimal;limited;high
type RiskClass string

// Enforcement is what Chaperone does when a requirement is not met: refuse the object (Deny), let only humans answer (Quarantine), admit it
// with a warning (Warn), or admit it and only report (Audit). It also says what the sidecar does with exchanges that it cannot read: refuse
// them (Deny, Quarantine), or pass them on unchanged (Warn). Under Audit the sidecar passes all exchanges on unchanged and counts.
//
// +kubebuilder:validation:Enum=Deny;Quarantine;Warn;Audit
type Enforcement string

// PurposeKind is a purpose of a chatbot that makes a difference in law.
//
// +kubebuilder:validation:Enum=sales;support;advice;claims;credit;employment;health-advice;companion;companion-like;debt-collection
type PurposeKind string

// Practice is a practice of a chatbot that some law prohibits, or that some law binds to duties.
//
// +kubebuilder:validation:Enum=personalised-prices;data-from-others;automatic-renewal;manipulation;exploiting-vulnerability;social-scoring;emotion-recognition;biometric-categorisation;pose-as-professional;pose-as-human;discriminatory-pricing;dark-patterns;sexual-content-to-minors;self-harm-encouragement;illegal-content;undermining-state;infinite-engagement;waiving-rights
type Practice string

// AgeAssurance is how the deployer establishes the age of people. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;self-declared;reasonable;verified
type AgeAssurance string

// ParentalConsent is how a parent consents for a child. `declared`: someone who says that they are the parent consents, for example by e-mail.
// `verified`: by a method that is designed to make sure that it is the parent (16 CFR 312.5(b)). The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;declared;verified
type ParentalConsent string

// StatementContent is a fact that a disclosure statement tells people, for example `is-ai`.
//
// +kubebuilder:validation:Enum=is-ai;provider-identity;human-available;limits;recorded;not-professional-advice;generated-content;purpose;complaint-path
type StatementContent string

// RefusalForm is the form in which people learn of a refusal that concerns them.
//
// +kubebuilder:validation:Enum=answers;errors
type RefusalForm string

// The forms of refusals.
const (
	RefusalsAsAnswers RefusalForm = "answers"
	RefusalsAsErrors  RefusalForm = "errors"
)

// Placement is when or where the sidecar shows the disclosure statement: before or with messages, or in an HTTP header (header). `media` says
// that the app marks what it generates, such as speech, in the media itself; the sidecar does nothing for it.
//
// +kubebuilder:validation:Enum=before-first-message;first-message;every-message;header;media
type Placement string

// LawfulBasis is a legal basis for processing personal data.
//
// +kubebuilder:validation:Enum=consent;contract;legal-obligation;vital-interests;public-task;legitimate-interests;business-purpose;publicly-available
type LawfulBasis string

// RecordingConsent is how people consent before a conversation is recorded. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;notice;opt-in
type RecordingConsent string

// AskedBy is who asks people for consent.
//
// +kubebuilder:validation:Enum=sidecar;app
type AskedBy string

// The values of AskedBy.
const (
	AskedBySidecar AskedBy = "sidecar"
	AskedByApp     AskedBy = "app"
)

// SensitiveConsent is how people consent before sensitive categories are processed. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;limit-on-request;opt-in;separate-opt-in;written;prohibited
type SensitiveConsent string

// MarketingConsent is how people consent before marketing use. The values are listed weakest first: with none, they can neither consent nor
// object; with own-customers, they consent, unless they are customers who get offers of similar products and can object each time; with
// prohibited, there is no marketing.
//
// +kubebuilder:validation:Enum=none;opt-out;own-customers;opt-in;prohibited
type MarketingConsent string

// OutboundConsent is how people consent before the chatbot contacts them first. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;opt-out;opt-in;written
type OutboundConsent string

// BiometricConsent is how people consent before voice prints or face geometry are captured. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;notice;opt-in;written;prohibited
type BiometricConsent string

// SaleConsent is how people consent before personal data is sold or shared. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;opt-out;opt-in;prohibited
type SaleConsent string

// NoticeContent is a topic of a privacy notice.
//
// +kubebuilder:validation:Enum=controller;contact;dpo;representative;purposes;lawful-basis;categories;recipients;transfers;retention;rights;withdrawal;complaint;automated-decisions;source;sale-or-sharing;sensitive-use;training-use;security;children;law-enforcement;language-choice
type NoticeContent string

// RedactCategory is a category of data that can be redacted from messages. The condition SidecarConfigured names those of a chatbot's
// categories for which the sidecar has no detector.
//
// +kubebuilder:validation:Enum=email;phone;iban;payment-card;card-security-code;bank-account;national-id;health-record;password;biometric;precise-location
type RedactCategory string

// ChildProfiling is how people consent before minors are profiled or targeted with advertising. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;opt-in;prohibited
type ChildProfiling string

// AgreementContent is a topic of a contract with a processor.
//
// +kubebuilder:validation:Enum=instructions;confidentiality;security;subprocessors;assistance;deletion;audit;breach-notice;no-sale;no-combining;purpose-limits;baa;flow-down
type AgreementContent string

// TransferMechanism is a legal ground for a transfer of personal data abroad. With own-adequacy the deployer judges that the law there is
// adequate, where its own law leaves that to it. With agreement the transfer rests on the contract with the processor, so it counts only
// where the agreement of the processor is stated.
//
// +kubebuilder:validation:Enum=adequacy;own-adequacy;agreement;standard-clauses;binding-rules;certification;derogation;consent;contract;security-assessment;assessment;registration;authorisation
type TransferMechanism string

// RightsRequest is a kind of request that people may make about their data.
//
// +kubebuilder:validation:Enum=access;rectification;erasure;portability;restriction;objection;withdraw-consent;opt-out-sale;opt-out-profiling;limit-sensitive;human-review;explanation;appeal;nominate;recipients-list
type RightsRequest string

// SignificantDecisions is how far decisions with significant effects on people are automated. `none`: no such decisions are made.
// `human-decides`: a human makes them. The other values are the levels of the law for automated decisions, listed weakest first: declare
// the strictest level that the chatbot meets.
//
// +kubebuilder:validation:Enum=none;human-decides;allowed;notice;opt-out;only-with-basis;prohibited
type SignificantDecisions string

// HandoffMode is when people can reach a human. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;contact-offered;on-request;on-request-any-time
type HandoffMode string

// HandledBy is who hands a conversation over to humans.
//
// +kubebuilder:validation:Enum=sidecar;app
type HandledBy string

// The values of HandledBy.
const (
	HandledBySidecar HandledBy = "sidecar"
	HandledByApp     HandledBy = "app"
)

// Accessibility is an accessibility standard. The values are listed weakest first.
//
// +kubebuilder:validation:Enum=none;reasonable;en-301-549
type Accessibility string

// AccountabilityRecord is a document that the deployer keeps.
//
// +kubebuilder:validation:Enum=processing-register;technical-documentation;instructions-for-use;risk-management;ai-literacy;training-data-summary;model-inventory;logs
type AccountabilityRecord string

// AssessmentType is a type of assessment.
//
// +kubebuilder:validation:Enum=dpia;fria;transfer-impact;risk-assessment;bias-audit;security-audit;penetration-test;vulnerability-scan;algorithm-assessment;legitimate-interests
type AssessmentType string

// RightsHolder is the party that owns a text or the rights in it: the deployer, the developer, the customer who wrote it or asked for it, or the
// supplier of the model.
//
// +kubebuilder:validation:Enum=deployer;developer;customer;model-supplier
type RightsHolder string

// LicensedUse is a use of a model or of training data that a license may restrict: commercial (for commercial advantage), network-service
// (people use it over a network), modified (fine-tuned or otherwise adapted), distributed (others receive copies).
//
// +kubebuilder:validation:Enum=commercial;network-service;modified;distributed
type LicensedUse string

// TermsContent is a topic of the contract terms for consumers.
//
// +kubebuilder:validation:Enum=ai-nature;limits;liability;complaint;dispute-resolution;governing-law;withdrawal-right;prices;identity;automated-decisions;language-choice;cancellation
type TermsContent string

// WithdrawalContent is what people find where they withdraw from a contract or cancel it: a label that says so (Directive 2011/83/EU Art.
// 11a(1)), its steps, a receipt on a durable medium (Art. 11a(4)), a reminder before a contract renews, the time within which money is paid
// back, and a proof of the cancellation.
//
// +kubebuilder:validation:Enum=label;steps;receipt;renewal-reminder;refund-time;proof-of-cancellation
type WithdrawalContent string

// Disclaimer is what contract terms say about the chatbot's answers: that they do not bind the deployer (not-binding), or that they may all be
// wrong (no-accuracy).
//
// +kubebuilder:validation:Enum=not-binding;no-accuracy
type Disclaimer string

// AnswerCheck is a check of the chatbot's answers: their accuracy is tested before a change goes live (accuracy-tested), or prices and
// conditions that the chatbot states are compared with those that apply (prices-checked).
//
// +kubebuilder:validation:Enum=accuracy-tested;prices-checked
type AnswerCheck string

// DisclosableRecord is a kind of record about the chatbot that the deployer can produce when a court orders it (Directive (EU) 2024/2853 Art.
// 9).
//
// +kubebuilder:validation:Enum=inputs;outputs;model-version;limits;oversight;changes
type DisclosableRecord string

// ExcludedLiability is a kind of liability that contract terms exclude.
//
// +kubebuilder:validation:Enum=death-or-injury;negligence;consumer-guarantees;intent-or-gross-negligence;data-protection
type ExcludedLiability string

// SecurityControl is a technical or organizational measure that protects data.
//
// +kubebuilder:validation:Enum=encryption-in-transit;encryption-at-rest;access-control;multi-factor;logging;incident-plan;backup;secure-disposal;vulnerability-management;segregation;staff-training;prompt-injection-defence;data-masking
type SecurityControl string

// The values of Enforcement.
const (
	EnforcementDeny       Enforcement = "Deny"
	EnforcementQuarantine Enforcement = "Quarantine"
	EnforcementWarn       Enforcement = "Warn"
	EnforcementAudit      Enforcement = "Audit"
)

// ShapeOpenAIChat is the shape of the OpenAI Chat Completions API, and the one of a processor that names none.
const ShapeOpenAIChat ShapeName = "openai-chat"
