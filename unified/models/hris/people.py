"""HRIS people: employees, their employments over time and their dependents."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.hris.pay import BankAccount, PayPeriod
from unified.models.shared import Address, EmployeeRecord

EmploymentType = Literal[
    "full_time",
    "part_time",
    "contractor",
    "intern",
    "temporary",
    "freelance",
    "apprentice",
    "volunteer",
    "seasonal",
    "other",
]


class Employment(EmployeeRecord, frozen=True, kw_only=True):
    """A period of an employee's job and pay history."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    job_title: Annotated[str | None, meta("Job title.", "rw", twins=("job_id",))] = None
    job_id: Annotated[str | None, meta("Job in the job catalog.", "rw", reference="hris.jobs")] = None
    employment_type: Annotated[EmploymentType | None, meta("Type of employment.", "rw")] = None
    remote_employment_type: Annotated[str | None, meta("The provider's own value for `employment_type`.")] = None
    contract_type: Annotated[
        Literal["permanent", "fixed_term", "temporary", "other"] | None,
        meta("Type of contract.", "rw", twins=("employment_type", "remote_employment_type")),
    ] = None
    remote_contract_type: Annotated[
        str | None, meta("The provider's own value for `contract_type`.", twins=("employment_type", "remote_employment_type"))
    ] = None
    effective_date: Annotated[str | None, meta("Start of the period.", "rw", kind="date")] = None
    end_date: Annotated[
        str | None, meta("End of the period; null if it is current.", "rw", kind="date", twins=("effective_date", "is_active"))
    ] = None
    is_active: Annotated[bool | None, meta("True for the current period.")] = None
    is_primary: Annotated[bool | None, meta("True for the main job, if there are several.")] = None
    pay_rate: Annotated[
        float | None, meta("Base pay per `pay_period` in major currency units.", "rw", sensitivity="sensitive")
    ] = None
    pay_currency: Annotated[
        str | None, meta("Currency of `pay_rate` (ISO 4217).", "rw", sensitivity="sensitive", kind="currency")
    ] = None
    pay_period: Annotated[PayPeriod | None, meta("Period that `pay_rate` covers.", "rw", sensitivity="sensitive")] = None
    remote_pay_period: Annotated[str | None, meta("The provider's own value for `pay_period`.", sensitivity="sensitive")] = None
    pay_frequency: Annotated[
        Literal[
            "daily",
            "weekly",
            "biweekly",
            "semimonthly",
            "monthly",
            "quarterly",
            "semiannually",
            "annually",
            "thirteen_monthly",
            "pro_rata",
            "other",
        ]
        | None,
        meta("How often the employee is paid.", "rw", sensitivity="sensitive"),
    ] = None
    remote_pay_frequency: Annotated[
        str | None, meta("The provider's own value for `pay_frequency`.", sensitivity="sensitive")
    ] = None
    pay_group: Annotated[str | None, meta("Name of the pay group.", sensitivity="sensitive")] = None
    flsa_status: Annotated[
        Literal["exempt", "salaried_nonexempt", "nonexempt", "owner", "unknown"] | None,
        meta("US overtime status (FLSA).", "rw"),
    ] = None
    remote_flsa_status: Annotated[str | None, meta("The provider's own value for `flsa_status`.")] = None
    fte: Annotated[float | None, meta("Full-time equivalent, 0 to 1.", "rw", twins=("weekly_hours",))] = None
    weekly_hours: Annotated[float | None, meta("Working hours per week.", "rw")] = None
    manager_id: Annotated[str | None, meta("Manager during the period.", reference="hris.employees")] = None
    department_id: Annotated[str | None, meta("Department during the period.", reference="hris.groups")] = None
    location_id: Annotated[str | None, meta("Work location during the period.", reference="hris.locations")] = None
    cost_center_id: Annotated[str | None, meta("Cost center during the period.", reference="hris.groups")] = None
    end_reason: Annotated[str | None, meta("Why the employment ended.", sensitivity="sensitive")] = None


class Employee(EmployeeRecord, frozen=True, kw_only=True):
    """A person who is employed or contracted."""

    employee_number: Annotated[
        str | None, meta("Employee number shown in the provider's user interface.", "rw", sensitivity="personal")
    ] = None
    first_name: Annotated[str | None, meta("Legal given name.", "rw", sensitivity="personal")] = None
    middle_name: Annotated[str | None, meta("Middle name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Legal family name.", "rw", sensitivity="personal")] = None
    preferred_name: Annotated[str | None, meta("Preferred given name.", "rw", sensitivity="personal")] = None
    display_name: Annotated[
        str | None, meta("Full name for display.", sensitivity="personal", twins=("first_name", "preferred_name", "last_name"))
    ] = None
    username: Annotated[str | None, meta("Login name.", sensitivity="personal")] = None
    pronouns: Annotated[str | None, meta("Pronouns.", "rw", sensitivity="sensitive")] = None
    work_email: Annotated[str | None, meta("Work e-mail address.", "rw", sensitivity="personal")] = None
    personal_email: Annotated[str | None, meta("Personal e-mail address.", "rw", sensitivity="sensitive")] = None
    mobile_phone: Annotated[str | None, meta("Mobile phone number.", "rw", sensitivity="sensitive")] = None
    work_phone: Annotated[str | None, meta("Work phone number.", "rw", sensitivity="personal")] = None
    job_title: Annotated[str | None, meta("Current job title.", "rw", twins=("job_id",))] = None
    job_id: Annotated[str | None, meta("Job in the job catalog.", reference="hris.jobs")] = None
    manager_id: Annotated[str | None, meta("Manager.", "rw", reference="hris.employees")] = None
    company_id: Annotated[str | None, meta("Legal entity.", "rw", reference="hris.companies")] = None
    department_id: Annotated[
        str | None,
        meta(
            "Department: a group of type `department`.", "rw", reference="hris.groups", twins=("department_name", "group_ids")
        ),
    ] = None
    department_name: Annotated[str | None, meta("Name of the department.", twins=("group_ids",))] = None
    team_id: Annotated[
        str | None, meta("Team: a group of type `team`.", "rw", reference="hris.groups", twins=("group_ids",))
    ] = None
    group_ids: Annotated[tuple[str, ...], meta("All groups of the employee.", "rw", reference="hris.groups")] = ()
    work_location_id: Annotated[str | None, meta("Work location.", "rw", reference="hris.locations")] = None
    home_address: Annotated[Address | None, meta("Home address.", "rw", sensitivity="sensitive")] = None
    employment_status: Annotated[
        Literal["active", "pending", "on_leave", "inactive", "terminated", "other"] | None,
        meta("Current employment status.", twins=("employment_type", "remote_employment_type")),
    ] = None
    remote_employment_status: Annotated[
        str | None,
        meta("The provider's own value for `employment_status`.", twins=("employment_type", "remote_employment_type")),
    ] = None
    employment_type: Annotated[EmploymentType | None, meta("Type of employment.", "rw")] = None
    remote_employment_type: Annotated[str | None, meta("The provider's own value for `employment_type`.")] = None
    start_date: Annotated[str | None, meta("First day of the current or latest employment.", "rw", kind="date")] = None
    hire_date: Annotated[str | None, meta("Original hire date.", "rw", kind="date", twins=("start_date",))] = None
    termination_date: Annotated[
        str | None, meta("Last day of employment.", "rw", kind="date", twins=("employment_status", "remote_employment_status"))
    ] = None
    termination_reason: Annotated[str | None, meta("Reason for the termination.", "rw", sensitivity="sensitive")] = None
    date_of_birth: Annotated[str | None, meta("Date of birth.", "rw", sensitivity="sensitive", kind="date")] = None
    gender: Annotated[
        Literal["male", "female", "non_binary", "other", "not_disclosed"] | None,
        meta("Gender.", "rw", sensitivity="sensitive"),
    ] = None
    remote_gender: Annotated[str | None, meta("The provider's own value for `gender`.", sensitivity="sensitive")] = None
    ethnicity: Annotated[
        Literal[
            "american_indian_or_alaska_native",
            "asian",
            "black_or_african_american",
            "hispanic_or_latino",
            "native_hawaiian_or_pacific_islander",
            "white",
            "two_or_more_races",
            "other",
            "not_disclosed",
        ]
        | None,
        meta("Ethnicity.", "rw", sensitivity="sensitive"),
    ] = None
    remote_ethnicity: Annotated[str | None, meta("The provider's own value for `ethnicity`.", sensitivity="sensitive")] = None
    marital_status: Annotated[
        Literal["single", "married", "domestic_partnership", "separated", "divorced", "widowed", "other", "not_disclosed"]
        | None,
        meta("Marital status.", "rw", sensitivity="sensitive"),
    ] = None
    remote_marital_status: Annotated[
        str | None, meta("The provider's own value for `marital_status`.", sensitivity="sensitive")
    ] = None
    nationality: Annotated[
        str | None, meta("Nationality (ISO 3166-1 alpha-2).", "rw", sensitivity="sensitive", kind="country")
    ] = None
    national_id: Annotated[
        str | None, meta("Social security number or other national id number.", "rw", sensitivity="secret", kind="string")
    ] = None
    tax_id: Annotated[str | None, meta("Tax id number.", "rw", sensitivity="secret", kind="string")] = None
    preferred_language: Annotated[str | None, meta("Language tag (BCP 47).", "rw", sensitivity="personal")] = None
    timezone: Annotated[str | None, meta("Time zone (IANA).")] = None
    weekly_hours: Annotated[float | None, meta("Contracted hours per week.")] = None
    avatar_url: Annotated[str | None, meta("URL of a photo.", sensitivity="personal", kind="url")] = None
    employments: Annotated[
        tuple[Employment, ...], meta("Employments over time. Set only with `expand=employments`.", sensitivity="sensitive")
    ] = ()
    bank_accounts: Annotated[
        tuple[BankAccount, ...],
        meta("Bank accounts. Set only with `expand=bank_accounts`, for keys that see class `secret`.", sensitivity="secret"),
    ] = ()


class Dependent(EmployeeRecord, frozen=True, kw_only=True):
    """A dependent or emergency contact of an employee."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    first_name: Annotated[str | None, meta("Given name.", sensitivity="sensitive")] = None
    last_name: Annotated[str | None, meta("Family name.", sensitivity="sensitive")] = None
    relationship: Annotated[
        Literal["child", "spouse", "domestic_partner", "parent", "sibling", "other"] | None,
        meta("Relationship to the employee.", sensitivity="sensitive"),
    ] = None
    remote_relationship: Annotated[
        str | None, meta("The provider's own value for `relationship`.", sensitivity="sensitive")
    ] = None
    is_dependent: Annotated[bool | None, meta("True for a dependent.", sensitivity="sensitive")] = None
    is_emergency_contact: Annotated[bool | None, meta("True for an emergency contact.", sensitivity="sensitive")] = None
    date_of_birth: Annotated[str | None, meta("Date of birth.", sensitivity="sensitive", kind="date")] = None
    phone: Annotated[str | None, meta("Phone number.", sensitivity="sensitive")] = None
