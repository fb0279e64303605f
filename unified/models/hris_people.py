"""Who works here: employees, their employments over time and their dependents."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.hris_pay import BankAccount, PayPeriod
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
    """A dated version of job and pay of an employee (history)."""

    employee_id: Annotated[str, meta("Holder.", reference="hris.employees")]
    job_title: Annotated[str | None, meta("Title.", "rw", twins=("job_id",))] = None
    job_id: Annotated[str | None, meta("Catalogue entry.", "rw", reference="hris.jobs")] = None
    employment_type: Annotated[EmploymentType | None, meta("Kind of employment.", "rw")] = None
    remote_employment_type: Annotated[str | None, meta("Provider's word for employment_type.")] = None
    contract_type: Annotated[
        Literal["permanent", "fixed_term", "temporary", "other"] | None,
        meta("Kind of contract.", "rw", twins=("employment_type", "remote_employment_type")),
    ] = None
    remote_contract_type: Annotated[
        str | None, meta("Provider's word for contract_type.", twins=("employment_type", "remote_employment_type"))
    ] = None
    effective_date: Annotated[str | None, meta("Valid from.", "rw", kind="date")] = None
    end_date: Annotated[
        str | None, meta("Valid to (null = current).", "rw", kind="date", twins=("effective_date", "is_active"))
    ] = None
    is_active: Annotated[bool | None, meta("Current row.")] = None
    is_primary: Annotated[bool | None, meta("Main job when several.")] = None
    pay_rate: Annotated[float | None, meta("Base pay per `pay_period`, in major units.", "rw", sensitivity="sensitive")] = None
    pay_currency: Annotated[str | None, meta("Currency.", "rw", sensitivity="sensitive", kind="currency")] = None
    pay_period: Annotated[PayPeriod | None, meta("What `pay_rate` is paid for.", "rw", sensitivity="sensitive")] = None
    remote_pay_period: Annotated[str | None, meta("Provider's word for pay_period.", sensitivity="sensitive")] = None
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
        meta("How often pay is given.", "rw", sensitivity="sensitive"),
    ] = None
    remote_pay_frequency: Annotated[str | None, meta("Provider's word for pay_frequency.", sensitivity="sensitive")] = None
    pay_group: Annotated[str | None, meta("Pay group name.", sensitivity="sensitive")] = None
    flsa_status: Annotated[
        Literal["exempt", "salaried_nonexempt", "nonexempt", "owner", "unknown"] | None,
        meta("US overtime status.", "rw"),
    ] = None
    remote_flsa_status: Annotated[str | None, meta("Provider's word for flsa_status.")] = None
    fte: Annotated[float | None, meta("Full-time share, 0 to 1.", "rw")] = None
    weekly_hours: Annotated[float | None, meta("Hours per week.", "rw")] = None
    manager_id: Annotated[str | None, meta("Manager in that time.", reference="hris.employees")] = None
    department_id: Annotated[str | None, meta("Department in that time.", reference="hris.groups")] = None
    location_id: Annotated[str | None, meta("Place in that time.", reference="hris.locations")] = None
    cost_center_id: Annotated[str | None, meta("Cost centre.", reference="hris.groups")] = None
    end_reason: Annotated[str | None, meta("Why it ended.", sensitivity="sensitive")] = None


class Employee(EmployeeRecord, frozen=True, kw_only=True):
    """A person employed or contracted."""

    employee_number: Annotated[str | None, meta("Number shown in the provider's UI.", "rw", sensitivity="personal")] = None
    first_name: Annotated[str | None, meta("Legal given name.", "rw", sensitivity="personal")] = None
    middle_name: Annotated[str | None, meta("Middle name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Legal family name.", "rw", sensitivity="personal")] = None
    preferred_name: Annotated[str | None, meta("Preferred given name.", "rw", sensitivity="personal")] = None
    display_name: Annotated[
        str | None, meta("Full name for display.", sensitivity="personal", twins=("first_name", "preferred_name", "last_name"))
    ] = None
    username: Annotated[str | None, meta("Login name.", sensitivity="personal")] = None
    pronouns: Annotated[str | None, meta("Pronouns.", "rw", sensitivity="sensitive")] = None
    work_email: Annotated[str | None, meta("Work e-mail.", "rw", sensitivity="personal")] = None
    personal_email: Annotated[str | None, meta("Private e-mail.", "rw", sensitivity="sensitive")] = None
    mobile_phone: Annotated[str | None, meta("Mobile number.", "rw", sensitivity="sensitive")] = None
    work_phone: Annotated[str | None, meta("Work number.", "rw", sensitivity="personal")] = None
    job_title: Annotated[str | None, meta("Current title, copied from the current employment.", "rw", twins=("job_id",))] = None
    job_id: Annotated[str | None, meta("Job catalogue entry.", reference="hris.jobs")] = None
    manager_id: Annotated[str | None, meta("Manager.", "rw", reference="hris.employees")] = None
    company_id: Annotated[str | None, meta("Legal entity.", "rw", reference="hris.companies")] = None
    department_id: Annotated[
        str | None, meta("Group of type department.", "rw", reference="hris.groups", twins=("department_name", "group_ids"))
    ] = None
    department_name: Annotated[str | None, meta("Label of the department.", twins=("group_ids",))] = None
    team_id: Annotated[str | None, meta("Group of type team.", "rw", reference="hris.groups", twins=("group_ids",))] = None
    group_ids: Annotated[tuple[str, ...], meta("All groups.", "rw", reference="hris.groups")] = ()
    work_location_id: Annotated[str | None, meta("Work place.", "rw", reference="hris.locations")] = None
    home_address: Annotated[Address | None, meta("Home address.", "rw", sensitivity="sensitive")] = None
    employment_status: Annotated[
        Literal["active", "pending", "on_leave", "inactive", "terminated", "other"] | None,
        meta("Where the employee stands now.", twins=("employment_type", "remote_employment_type")),
    ] = None
    remote_employment_status: Annotated[
        str | None, meta("Provider's word for employment_status.", twins=("employment_type", "remote_employment_type"))
    ] = None
    employment_type: Annotated[EmploymentType | None, meta("Kind of employment.", "rw")] = None
    remote_employment_type: Annotated[str | None, meta("Provider's word for employment_type.")] = None
    start_date: Annotated[str | None, meta("First day of the latest stint.", "rw", kind="date")] = None
    hire_date: Annotated[str | None, meta("Original hire date.", "rw", kind="date", twins=("start_date",))] = None
    termination_date: Annotated[
        str | None, meta("Last day.", "rw", kind="date", twins=("employment_status", "remote_employment_status"))
    ] = None
    termination_reason: Annotated[str | None, meta("Reason text.", "rw", sensitivity="sensitive")] = None
    date_of_birth: Annotated[str | None, meta("Birthday.", "rw", sensitivity="sensitive", kind="date")] = None
    gender: Annotated[
        Literal["male", "female", "non_binary", "other", "not_disclosed"] | None,
        meta("Gender.", "rw", sensitivity="sensitive"),
    ] = None
    remote_gender: Annotated[str | None, meta("Provider's word for gender.", sensitivity="sensitive")] = None
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
    remote_ethnicity: Annotated[str | None, meta("Provider's word for ethnicity.", sensitivity="sensitive")] = None
    marital_status: Annotated[
        Literal["single", "married", "domestic_partnership", "separated", "divorced", "widowed", "other", "not_disclosed"]
        | None,
        meta("Marital status.", "rw", sensitivity="sensitive"),
    ] = None
    remote_marital_status: Annotated[str | None, meta("Provider's word for marital_status.", sensitivity="sensitive")] = None
    nationality: Annotated[str | None, meta("Citizenship.", "rw", sensitivity="sensitive", kind="country")] = None
    national_id: Annotated[
        str | None, meta("Social security or other national number.", "rw", sensitivity="secret", kind="string")
    ] = None
    tax_id: Annotated[str | None, meta("Tax number.", "rw", sensitivity="secret", kind="string")] = None
    preferred_language: Annotated[str | None, meta("Language tag, BCP 47.", "rw", sensitivity="personal")] = None
    timezone: Annotated[str | None, meta("IANA time zone.")] = None
    weekly_hours: Annotated[float | None, meta("Agreed hours.")] = None
    avatar_url: Annotated[str | None, meta("Photo.", sensitivity="personal", kind="url")] = None
    employments: Annotated[tuple[Employment, ...], meta("Only with expand=employments.", sensitivity="sensitive")] = ()
    bank_accounts: Annotated[
        tuple[BankAccount, ...],
        meta("Only with expand=bank_accounts and the sensitive permission.", sensitivity="secret"),
    ] = ()


class Dependent(EmployeeRecord, frozen=True, kw_only=True):
    """A dependant or emergency contact."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    first_name: Annotated[str | None, meta("Given name.", sensitivity="sensitive")] = None
    last_name: Annotated[str | None, meta("Family name.", sensitivity="sensitive")] = None
    relationship: Annotated[
        Literal["child", "spouse", "domestic_partner", "parent", "sibling", "other"] | None,
        meta("Relation to the employee.", sensitivity="sensitive"),
    ] = None
    remote_relationship: Annotated[str | None, meta("Provider's word for relationship.", sensitivity="sensitive")] = None
    is_dependent: Annotated[bool | None, meta("Dependant.", sensitivity="sensitive")] = None
    is_emergency_contact: Annotated[bool | None, meta("Emergency contact.", sensitivity="sensitive")] = None
    date_of_birth: Annotated[str | None, meta("Birthday.", sensitivity="sensitive", kind="date")] = None
    phone: Annotated[str | None, meta("Phone.", sensitivity="sensitive")] = None
