"""What employees get: pay, payslips, benefits and the account it is paid to."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import DeductionLine, EarningLine, EmployeeRecord, TaxLine

PayPeriod = Literal[
    "hour", "day", "week", "two_weeks", "half_month", "month", "two_months", "quarter", "half_year", "year", "other"
]
BenefitType = Literal[
    "medical", "dental", "vision", "life", "disability", "retirement", "hsa", "fsa", "commuter", "insurance", "other"
]


class BankAccount(EmployeeRecord, frozen=True, kw_only=True):
    """Pay-out account.

    Sensitive: off by default, needs its own permission, never logged, masked in errors.
    """

    employee_id: Annotated[str, meta("Owner.", reference="hris.employees")]
    bank_name: Annotated[str | None, meta("Bank.", sensitivity="sensitive")] = None
    account_holder_name: Annotated[str | None, meta("Holder.", sensitivity="sensitive")] = None
    account_number: Annotated[str | None, meta("Number.", sensitivity="secret")] = None
    account_number_last4: Annotated[str | None, meta("Last four digits; safe to show.", sensitivity="sensitive")] = None
    routing_number: Annotated[str | None, meta("ABA, sort code, BSB and the like.", sensitivity="secret")] = None
    routing_type: Annotated[
        Literal["us_aba", "gb_sort_code", "au_bsb", "ca_routing", "de_blz", "fr_rib", "other"] | None,
        meta("Kind of routing number."),
    ] = None
    remote_routing_type: Annotated[str | None, meta("Provider's word for routing_type.")] = None
    iban: Annotated[str | None, meta("IBAN.", sensitivity="secret", twins=("account_number", "routing_number"))] = None
    bic: Annotated[str | None, meta("BIC/SWIFT.", sensitivity="sensitive")] = None
    account_type: Annotated[Literal["checking", "savings", "other"] | None, meta("Kind of account.")] = None
    remote_account_type: Annotated[str | None, meta("Provider's word for account_type.")] = None
    currency: Annotated[str | None, meta("Currency.", kind="currency")] = None
    country: Annotated[str | None, meta("Country.", kind="country")] = None
    is_primary: Annotated[bool | None, meta("Main account.")] = None


class BenefitPlan(EmployeeRecord, frozen=True, kw_only=True):
    """A plan offered by the company."""

    name: Annotated[str | None, meta("Plan name.")] = None
    type: Annotated[BenefitType | None, meta("Kind of plan.")] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    provider_name: Annotated[str | None, meta("Carrier.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    deduction_code: Annotated[str | None, meta("Code.")] = None
    is_active: Annotated[bool | None, meta("In use.")] = None


class Benefit(EmployeeRecord, frozen=True, kw_only=True):
    """Enrolment of an employee in a plan."""

    employee_id: Annotated[str, meta("Enrolled employee.", reference="hris.employees")]
    benefit_plan_id: Annotated[str | None, meta("Plan.", reference="hris.benefit_plans")] = None
    provider_name: Annotated[str | None, meta("Carrier.")] = None
    type: Annotated[BenefitType | None, meta("Kind of plan.")] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    employee_contribution: Annotated[float | None, meta("Employee share per period.", sensitivity="sensitive")] = None
    company_contribution: Annotated[float | None, meta("Employer share.", sensitivity="sensitive")] = None
    currency: Annotated[str | None, meta("Currency.", kind="currency")] = None
    start_date: Annotated[str | None, meta("From.", kind="date")] = None
    end_date: Annotated[str | None, meta("To.", kind="date")] = None


class PayrollRun(EmployeeRecord, frozen=True, kw_only=True):
    """A run for many employees."""

    company_id: Annotated[str | None, meta("Legal entity.", reference="hris.companies")] = None
    run_type: Annotated[
        Literal["regular", "off_cycle", "correction", "termination", "bonus", "other"] | None,
        meta("Why the run is made."),
    ] = None
    remote_run_type: Annotated[str | None, meta("Provider's word for run_type.")] = None
    run_state: Annotated[
        Literal["draft", "pending", "approved", "processing", "paid", "failed", "cancelled", "closed"] | None,
        meta("Where the run stands."),
    ] = None
    remote_run_state: Annotated[str | None, meta("Provider's word for run_state.")] = None
    start_date: Annotated[str | None, meta("Period start.", kind="date")] = None
    end_date: Annotated[str | None, meta("Period end.", kind="date")] = None
    check_date: Annotated[str | None, meta("Pay date.", kind="date")] = None
    currency: Annotated[str | None, meta("Currency.", kind="currency")] = None
    gross_pay: Annotated[float | None, meta("Sum.", sensitivity="sensitive")] = None
    net_pay: Annotated[float | None, meta("Sum.", sensitivity="sensitive")] = None
    employer_taxes: Annotated[float | None, meta("Sum.", sensitivity="sensitive")] = None
    employee_taxes: Annotated[float | None, meta("Sum.", sensitivity="sensitive")] = None
    company_debit: Annotated[float | None, meta("Total cost debited.", sensitivity="sensitive")] = None


class Payslip(EmployeeRecord, frozen=True, kw_only=True):
    """Result of a payroll run for one employee."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    payroll_run_id: Annotated[str | None, meta("Run.", reference="hris.payroll_runs")] = None
    start_date: Annotated[str | None, meta("Period start.", kind="date")] = None
    end_date: Annotated[str | None, meta("Period end.", kind="date")] = None
    check_date: Annotated[str | None, meta("Pay date.", kind="date")] = None
    currency: Annotated[str | None, meta("Currency.", kind="currency")] = None
    gross_pay: Annotated[float | None, meta("Gross.", sensitivity="sensitive")] = None
    net_pay: Annotated[float | None, meta("Net.", sensitivity="sensitive")] = None
    hours: Annotated[float | None, meta("Hours paid.", sensitivity="sensitive")] = None
    earnings: Annotated[tuple[EarningLine, ...], meta("What is paid.", sensitivity="sensitive")] = ()
    deductions: Annotated[tuple[DeductionLine, ...], meta("What is taken off.", sensitivity="sensitive")] = ()
    taxes: Annotated[tuple[TaxLine, ...], meta("Taxes of both sides.", sensitivity="sensitive")] = ()


class Compensation(EmployeeRecord, frozen=True, kw_only=True):
    """Pay components of an employee outside runs."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    type: Annotated[
        Literal["salary", "hourly", "bonus", "commission", "equity", "allowance", "other"] | None,
        meta("Kind of pay.", sensitivity="sensitive"),
    ] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.", sensitivity="sensitive")] = None
    amount: Annotated[float | None, meta("Amount per `period`, in major units.", sensitivity="sensitive")] = None
    currency: Annotated[str | None, meta("Currency.", sensitivity="sensitive", kind="currency")] = None
    period: Annotated[PayPeriod | None, meta("What `amount` is paid for.", sensitivity="sensitive")] = None
    remote_period: Annotated[str | None, meta("Provider's word for period.", sensitivity="sensitive")] = None
    effective_date: Annotated[str | None, meta("From.", kind="date")] = None
