"""Files for the import's tests, in the forms of the platforms. Invented people with numbers that nobody has."""

from __future__ import annotations

SHOPIFY_CUSTOMERS = """\
"Customer ID","First Name","Last Name","Email","Accepts Email Marketing","Default Address Company",\
"Default Address Address1","Default Address City","Default Address Province Code","Default Address Country Code",\
"Default Address Zip","Default Address Phone","Phone","Accepts SMS Marketing","Total Spent","Total Orders","Note",\
"Tax Exempt","Tags","Points Balance"
'6001,ANA,Lopez,Ana@Example.com,yes,,1 Main St,New York,NY,US,'10001,,'+12125550101,yes,120.50,3,vip,no,"gold, tea","1,250"
'6002,N/A,test,ben@example.com,yes,,,Austin,TX,US,78701,(512) 555-0102,,no,0.00,0,,no,,
'6003,Cleo,Diaz,cleo@example.com,no,,,London,,GB,,020 7946 0018,,yes,15.00,1,,no,,0
'6004,Dan,,dan@example.com,yes,,,,,US,,,,yes,15.00,1,,no,,
'6005,Eve,,eve@example.com,no,,,,,US,,1.2125E+10,,yes,15.00,1,,no,,
"""

SHOPIFY_ORDERS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,\
Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,\
Billing Country,Billing Phone,Shipping Phone,Cancelled at,Payment Method,Refunded Amount,Id,Phone
#1001,ana@example.com,paid,2026-01-02 10:00:00 -0500,fulfilled,yes,USD,30.00,5.00,1.00,36.00,TEA10,3.00,\
2026-01-02 09:58:00 -0500,2,Morning Blend - 12 oz,12.50,MB-12,Ana Lopez,US,'+12125550101,,,Shopify Payments,0.00,7001,
#1001,ana@example.com,,,,,,,,,,,,2026-01-02 09:58:00 -0500,1,Gift Card,5.00,,,,,,,,,,
#1002,ben@example.com,refunded,,fulfilled,no,USD,10.00,0,0,10.00,,,2026-01-03 10:00:00 -0500,1,Evening Blend,10.00,EB-12,\
Ben Diaz,US,(512) 555-0102,,,Shopify Payments,10.00,7002,
#1003,ben@example.com,partially_refunded,,fulfilled,no,USD,20.00,0,0,20.00,,,2026-01-04 10:00:00 -0500,2,Evening Blend,\
10.00,EB-12,Ben Diaz,US,(512) 555-0102,,,Shopify Payments,10.00,7003,
#1004,ben@example.com,paid,,,no,USD,20.00,0,0,20.00,,,2026-01-05 10:00:00 -0500,2,Evening Blend,10.00,EB-12,Ben Diaz,US,\
(512) 555-0102,,2026-01-06 10:00:00 -0500,Shopify Payments,0.00,7004,
#1005,ben@example.com,paid,,,no,USD,20.00,0,0,20.00,,,2026-01-06 10:00:00 -0500,2,Evening Blend,10.00,EB-12,Ben Diaz,US,\
(512) 555-0102,,,Bogus Gateway,0.00,7005,
#1006,nobody@example.com,paid,,,no,USD,20.00,0,0,20.00,,,2026-01-07 10:00:00 -0500,1,Evening Blend,20.00,EB-12,No Body,US,,\
,,Shopify Payments,0.00,7006,
#1007,ANA@example.com,pending,,,no,USD,20.00,0,0,20.00,,,2026-01-08 10:00:00 -0500,1,Evening Blend,20.00,EB-12,Ana Lopez,US,\
,,,Bank Deposit,0.00,7007,
"""

WOO_REPEATED_ROWS = """\
order_id,order_date,status,customer_id,billing_first_name,billing_email,billing_phone,billing_country,order_total,\
order_currency,item_name,item_quantity,item_total,sku
501,2026-01-02 10:00:00,wc-completed,0,Ana,ana@example.com,212-555-0101,US,31.00,USD,Dark Roast,2,20.00,DR
501,2026-01-02 10:00:00,wc-completed,0,Ana,ana@example.com,212-555-0101,US,31.00,USD,Shipping,1,11.00,
502,2026-01-03 10:00:00,wc-pending,17,Ben,ben@example.com,512-555-0102,US,9.00,USD,Dark Roast,1,9.00,DR
503,2026-01-03 11:00:00,wc-failed,17,Ben,ben@example.com,512-555-0102,US,9.00,USD,Dark Roast,1,9.00,DR
"""

WOO_NUMBERED_COLUMNS = """\
Order Number;Order Date;Order Status;Phone (Billing);Country (Billing);Order Total Amount;Product Item 1 Name;\
Product Item 1 Quantity;Product Item 1 Total;Product Item 1 SKU;Product Item 2 Name;Product Item 2 Quantity;\
Product Item 2 Total;Product Item 2 SKU
901;31.12.2025 10:00;Completed;030 901820;Germany;1.031,50;Kaffee;2;1.020,00;K1;Versand;1;11,50;
902;01.02.2026 10:00;on-hold;030 901821;Deutschland;20,00;Kaffee;1;20,00;K1;;;;
"""

WOO_PACKED = """\
order_number,date_created,order_status,billing_phone,order_total,line_item_1,line_item_2
77,2026-01-02 10:00:00,completed,2125550101,29.00,name:Dark Roast|product_id:12|sku:DR|quantity:2|total:20.00|sub_total:20.00,\
name:Cup|quantity:1|total:9.00
78,2026-01-02 11:00:00,completed,2125550101,10.00,Dark Roast (DR) x 1,
"""
